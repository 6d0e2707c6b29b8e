import type { Actions, PageServerLoad } from './$types'
import { addTopic, changeTopic, listTopics } from '#server/desks/index.ts'
import { wordActions, wordsLoad } from '../word-actions.ts'

const topics = { path: 'topics', list: listTopics, change: changeTopic, add: addTopic } as const

export const load: PageServerLoad = wordsLoad(topics)
export const actions: Actions = wordActions(topics)
