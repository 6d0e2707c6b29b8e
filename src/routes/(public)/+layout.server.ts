import type { LayoutServerLoad } from './$types'
import type { Language } from '#server/platform/context.ts'
import { seeTelegram } from '#server/channels/index.ts'
import { remembered } from '#server/platform/remembered.ts'
import { listPages, operator, type ListedPage } from '#server/desks/index.ts'
import { dictionaries } from '#server/platform/words.ts'
import { formTokenOf } from '../../edge/form-token.ts'
import { languageLinks } from '../../edge/language-links.ts'

/** What every public page shows around its own words: who runs this, which information pages there are. */
export const load: LayoutServerLoad = async ({ locals, url }) => {
  const around = await remembered(locals.app, 'around every public page', async (ctx) => ({
    operator: await operator(ctx),
    pages: await listPages(ctx),
    // Nobody types its name in: Telegram tells it, once the bot is set up.
    telegram: (await seeTelegram(ctx))?.username ?? null,
  }))
  return {
    ...around,
    pages: around.pages.map((page) => ({ slug: page.slug, title: titleIn(page, locals.language) })),
    // Stays on the server (src/hooks.ts): a page without script needs none of it.
    words: dictionaries[locals.language],
    languages: languageLinks(url),
    // Forms that post to another page than their own need that page's token.
    ask_token: formTokenOf(locals.app, locals.form_nonce, '/ask'),
    follow_token: formTokenOf(locals.app, locals.form_nonce, '/follow'),
  }
}

const titleIn = (page: ListedPage, language: Language) =>
  (language === 'id' ? page.title_id : page.title_en) ?? page.title_id ?? page.title_en ?? page.slug
