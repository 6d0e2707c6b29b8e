import { expect, test } from 'vitest'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { listPages, savePage, withdrawPage } from './pages.ts'
import { listPageVersions, listWithdrawnPages, seePageVersion } from './page-versions.ts'
import { aStaff } from './testing.ts'

const database = useDatabase()

test(
  'every saved text of a page can be read again, with who saved it, also after the page was withdrawn',
  database.story(async ({ as }) => {
    const editor = await aStaff(await as(system), { role: 'administrator', name: 'Penyunting Contoh' })
    const ctx = await as(editor)
    const text = { slug: 'biaya', title: 'Biaya', body: 'Pertama' }
    await savePage(ctx, { ...text, language: 'id' })
    await savePage(ctx, { ...text, language: 'en', title: 'Costs' })
    await savePage(ctx, { ...text, language: 'id', body: 'Kedua' })

    expect(await listPageVersions(ctx, 'biaya')).toMatchObject([
      { version: 3, language: 'id', saved_by: 'Penyunting Contoh', withdrawn_at: null },
      { version: 2, language: 'en', title: 'Costs' },
      { version: 1, language: 'id' },
    ])
    expect((await seePageVersion(ctx, { slug: 'biaya', language: 'id', version: 1 })).body).toBe('Pertama')
    await expect(seePageVersion(ctx, { slug: 'biaya', language: 'en', version: 1 })).rejects.toMatchObject({
      kind: 'not_found',
    })

    await withdrawPage(ctx, { slug: 'biaya' })
    expect(await listWithdrawnPages(ctx)).toEqual([{ slug: 'biaya', title: 'Biaya' }])
    expect((await listPageVersions(ctx, 'biaya'))[0]?.withdrawn_at).not.toBeNull()
    await savePage(ctx, { ...text, language: 'id', body: 'Ketiga' })
    expect(await listWithdrawnPages(ctx)).toEqual([])
    expect((await listPages(ctx)).map((page) => page.slug)).toContain('biaya')
    expect(await listPageVersions(ctx, 'tidak-ada')).toEqual([])
  }),
)
