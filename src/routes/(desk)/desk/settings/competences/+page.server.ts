import type { Actions, PageServerLoad } from './$types'
import { addCompetence, changeCompetence, listCompetences } from '#server/desks/index.ts'
import { wordActions, wordsLoad } from '../word-actions.ts'

const competences = {
  path: 'competences',
  list: listCompetences,
  change: changeCompetence,
  add: addCompetence,
} as const

export const load: PageServerLoad = wordsLoad(competences)
export const actions: Actions = wordActions(competences)
