import type { Actions, PageServerLoad } from './$types'
import { read, type Reading } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { refuse, type Fault } from '#server/platform/refusal.ts'
import {
  listPages,
  listPageVersions,
  listWithdrawnPages,
  savePage,
  SavePage,
  seePageVersion,
  withdrawPage,
  type PageVersion,
} from '#server/desks/index.ts'
import { notSaved } from '../../../../../../edge/answer-form.ts'
import { deskActor, parsed, settle } from '../../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../../edge/form-fields.ts'

const languages = ['id', 'en'] as const
// The footer and the notice on the form point at these.
const lasting = ['tentang', 'privasi', 'aksesibilitas', 'anggaran-dasar', 'syarat-mitra']

/** The page's newest texts in both languages, empty where there is none yet; its versions; and one old text, when asked for. */
export const load: PageServerLoad = ({ locals, params, url }) => {
  const actor = deskActor(locals)
  mustCoordinateAll(actor)
  const { slug } = parsed(SavePage.pick({ slug: true }), { slug: params.slug })
  if (slug !== params.slug) refuse('not_found', 'page')
  return read(locals.app, actor, async (ctx) => {
    const versions = await listPageVersions(ctx, slug)
    return {
      slug,
      versions,
      ...(await newestTexts(ctx, slug, versions)),
      listed: (await listPages(ctx)).some((page) => page.slug === slug),
      withdrawn: (await listWithdrawnPages(ctx)).some((page) => page.slug === slug),
      may_withdraw: !lasting.includes(slug),
      old: await oldText(ctx, slug, url.searchParams),
    }
  })
}

async function newestTexts(ctx: Reading, slug: string, versions: readonly PageVersion[]) {
  const texts = { title_id: '', body_id: '', title_en: '', body_en: '' }
  for (const language of languages) {
    const newest = versions.find((version) => version.language === language)
    if (!newest) continue
    const { title, body } = await seePageVersion(ctx, { slug, language, version: newest.version })
    texts[`title_${language}`] = title
    texts[`body_${language}`] = body
  }
  return { ...texts, position: String(versions[0]?.position ?? 100) }
}

async function oldText(ctx: Reading, slug: string, asked: URLSearchParams) {
  const version = Number(asked.get('version'))
  const language = languages.find((one) => one === asked.get('in'))
  if (!language || !Number.isSafeInteger(version) || version < 1 || version > 1_000_000) return null
  return seePageVersion(ctx, { slug, language, version })
}

function typed(form: FormData) {
  const names = ['title_id', 'body_id', 'title_en', 'body_en', 'position'] as const
  return {
    form: 'page',
    preview: '',
    ...(Object.fromEntries(names.map((name) => [name, textOf(form, name)])) as Record<(typeof names)[number], string>),
  }
}

export const actions: Actions = {
  /** Shows what the typed text will look like; nothing is saved. */
  preview: async ({ request }) => ({
    values: { ...typed(await request.formData()), preview: 'yes' },
    faults: [] as Fault[],
    key: undefined,
  }),

  save: async ({ request, locals, params }) => {
    const { slug } = params
    const values = typed(await request.formData())
    const faults = halfTexts(values)
    if (faults.length > 0) return notSaved(values, faults)
    return settle(locals, values, `/desk/settings/pages/${slug}?done=saved`, async (ctx) => {
      const versions = await listPageVersions(ctx, slug)
      const before = await newestTexts(ctx, slug, versions)
      const gone = versions.every((version) => version.withdrawn_at !== null)
      for (const language of languages) {
        const [title, body] = [values[`title_${language}`], values[`body_${language}`]]
        const same =
          title === before[`title_${language}`] &&
          body === before[`body_${language}`] &&
          values.position === before.position
        // A text that nobody changed gets no new version: consents name versions.
        if (body === '' || (same && !gone)) continue
        const position = Number(values.position)
        await savePage(ctx, readText({ slug, language, title, body, position }))
      }
    })
  },

  withdraw: async ({ locals, params }) =>
    settle(locals, { form: 'withdraw' }, '/desk/settings/pages?done=withdrawn', (ctx) =>
      withdrawPage(ctx, { slug: params.slug }),
    ),
}

/** A title without text, or a text without title, in one language; or no text at all. */
function halfTexts(values: ReturnType<typeof typed>): Fault[] {
  if (values.body_id === '' && values.body_en === '') return [{ path: 'body_id', key: 'fault.required' }]
  return languages.flatMap((language) => {
    const [title, body] = [values[`title_${language}`], values[`body_${language}`]]
    if (title === '' && body !== '') return [{ path: `title_${language}`, key: 'fault.required' }]
    return title !== '' && body === '' ? [{ path: `body_${language}`, key: 'fault.required' }] : []
  })
}

/** By the command's schema; its faults are told beside this form's own fields. */
function readText(input: { slug: string; language: 'id' | 'en'; title: string; body: string; position: number }) {
  const result = SavePage.safeParse(input)
  if (result.success) return result.data
  const faults = result.error.issues.map((issue) => {
    const field = String(issue.path[0])
    return {
      path: field === 'position' ? field : `${field}_${input.language}`,
      key: issue.code === 'too_big' ? 'fault.too_long' : 'fault.wrong',
    }
  })
  refuse('invalid', 'form', faults)
}
