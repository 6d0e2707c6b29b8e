import type { App } from '#server/platform/app.ts'
import type { Language } from '#server/platform/context.ts'
import { seeTelegram } from '#server/channels/index.ts'
import { listPages, operator, type ListedPage } from '#server/desks/index.ts'
import { remembered } from '#server/platform/remembered.ts'
import { dictionaries } from '#server/platform/words.ts'
import { languageLinks } from './language-links.ts'

/** What every public page shows around its own words: who runs this, which information pages there are. */
export async function aroundPublic(app: App, { language, url }: { language: Language; url: URL }) {
  const around = await remembered(app, 'around every public page', async (ctx) => ({
    operator: await operator(ctx),
    pages: await listPages(ctx),
    // Nobody types its name in: Telegram tells it, once the bot is set up.
    telegram: (await seeTelegram(ctx))?.username ?? null,
  }))
  return {
    ...around,
    pages: around.pages.map((page) => ({ slug: page.slug, title: titleIn(page, language) })),
    // Stays on the server (src/hooks.ts): a page without script needs none of it.
    words: dictionaries[language],
    languages: languageLinks(url),
  }
}

const titleIn = (page: ListedPage, language: Language) =>
  (language === 'id' ? page.title_id : page.title_en) ?? page.title_id ?? page.title_en ?? page.slug
