import type { LayoutLoad } from './$types'

const words = {
  id: () => import('virtual:words/desk/id'),
  en: () => import('virtual:words/desk/en'),
}

/** The sentences come as a file that the browser keeps; what else stands around a page comes from the server. */
export const load: LayoutLoad = async ({ data, parent }) => {
  const { language } = await parent()
  return { ...data, words: (await words[language]()).default }
}
