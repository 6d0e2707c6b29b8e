import type { VocabularyWord } from '#server/desks/index.ts'
import type { Language } from '#server/platform/context.ts'
import type { App } from '#server/platform/app.ts'
import { remembered } from '#server/platform/remembered.ts'
import { listCompetences } from '#server/desks/index.ts'
import { listProvinces } from '#server/regions/index.ts'

export interface Choice {
  code: string
  name: string
}

/** What can be chosen in the forms of the directory, and what this address chose of it; what is no choice counts as none. */
export async function searchOf(app: App, url: URL, language: Language) {
  const { provinces, competences } = await remembered(app, 'choices of the directory', async (ctx) => ({
    provinces: await listProvinces(ctx),
    competences: await listCompetences(ctx),
  }))
  const choices = {
    provinces: provinces.map(({ code, name }): Choice => ({ code, name })),
    // "Tanpa kompetensi khusus" is a word for requests, not for what somebody can do.
    competences: competences
      .filter(({ code }) => code !== 'none')
      .map((word): Choice => ({ code: word.code, name: nameOf(word, language) })),
  }
  const chosen = (name: string, among: readonly Choice[]) =>
    among.find(({ code }) => code === url.searchParams.get(name)) ?? null
  return {
    choices,
    province: chosen('province', choices.provinces),
    competence: chosen('competence', choices.competences),
  }
}

export const nameOf = (word: Pick<VocabularyWord, 'name_id' | 'name_en'>, language: Language): string =>
  language === 'id' ? word.name_id : word.name_en
