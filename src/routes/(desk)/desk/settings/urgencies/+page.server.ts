import type { Actions, PageServerLoad } from './$types'
import { changeUrgency, listUrgencies } from '#server/desks/index.ts'
import { wordActions, wordsLoad } from '../word-actions.ts'

const urgencies = { path: 'urgencies', list: listUrgencies, change: changeUrgency } as const

export const load: PageServerLoad = wordsLoad(urgencies)
const { change, switch: turn } = wordActions(urgencies)
export const actions: Actions = { change, switch: turn }
