import type { PageServerLoad } from './$types'
import { everybody, read } from '#server/platform/context.ts'
import { seeProvider } from '#server/membership/index.ts'
import { nameOf } from '../search.ts'

/** One member or partner as everybody may see it. */
export const load: PageServerLoad = async ({ locals, params }) => {
  const {
    desk_id: _,
    competences,
    ...provider
  } = await read(locals.app, everybody, (ctx) => seeProvider(ctx, params.id))
  const named = new Intl.DisplayNames([locals.language], { type: 'language' })
  return {
    provider: {
      ...provider,
      competences: competences.map((word) => ({ name: nameOf(word, locals.language), level: word.level })),
      languages: provider.languages.map((code) => named.of(code) ?? code),
    },
  }
}
