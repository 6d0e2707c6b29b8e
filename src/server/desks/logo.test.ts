import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { findLogo, imageType, keepLogo, LOGO_BYTES_MAX, useLogo } from './logo.ts'
import { operator } from './operator.ts'
import { aStaff } from './testing.ts'

const database = useDatabase()
const text = (content: string) => new TextEncoder().encode(content)
const png = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex')

test.each([
  ['PNG', png, 'image/png'],
  ['JPEG', Buffer.from('ffd8ffe000104a46', 'hex'), 'image/jpeg'],
  ['WebP', text('RIFF\x10\x00\x00\x00WEBPVP8 '), 'image/webp'],
  ['GIF', text('GIF89a......'), 'image/gif'],
  ['SVG', text('<svg xmlns="http://www.w3.org/2000/svg"/>'), 'image/svg+xml'],
  ['SVG after its prolog', text('<?xml version="1.0"?>\n<!-- contoh -->\n<svg width="1"></svg>'), 'image/svg+xml'],
  ['a web page', text('<!doctype html><svg></svg>'), null],
  ['a text that speaks of svg', text('lihat <svg>'), null],
  ['nothing', new Uint8Array(), null],
])('an image is known by its content: %s', (_name, bytes, type) => {
  expect(imageType(bytes)).toBe(type)
})

test(
  'a kept logo becomes the operator’s; what is no image or too large is refused beside its field',
  database.story(async ({ app, as }) => {
    const administrator = await aStaff(await as(system), { role: 'administrator' })
    const logo = await keepLogo(app, png)
    await useLogo(await as(administrator), logo)
    expect((await operator(await as(everybody))).logo_sha256).toBe(logo.sha256)
    expect(await findLogo(await as(everybody), logo.sha256)).toEqual({ ...logo, size: png.length })
    await expect(findLogo(await as(everybody), 'f'.repeat(64))).rejects.toMatchObject({ kind: 'not_found' })

    await expect(keepLogo(app, text('bukan gambar'))).rejects.toMatchObject({
      kind: 'invalid',
      faults: [{ path: 'logo', key: 'operator.logo_type' }],
    })
    await expect(keepLogo(app, new Uint8Array(LOGO_BYTES_MAX + 1))).rejects.toMatchObject({ kind: 'too_large' })
  }),
)

test(
  'bytes that came in before as something else are not shown as a logo; an agent sets none',
  database.story(async ({ app, as }) => {
    const ctx = await as(system)
    const [administrator, agent] = [await aStaff(ctx, { role: 'administrator' }), await aStaff(ctx)]
    const logo = await keepLogo(app, text('<svg><!-- contoh --></svg>'))
    await ctx.tx.insertInto('blobs').values({ sha256: logo.sha256, size: logo.size, type: 'text/plain' }).execute()
    await expect(useLogo(await as(administrator), logo)).rejects.toMatchObject({ kind: 'conflict' })
    const other = await keepLogo(app, text('<svg><!-- lain --></svg>'))
    await expect(useLogo(await as(agent), other)).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)
