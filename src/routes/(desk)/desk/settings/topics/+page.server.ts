import type { Actions, PageServerLoad } from './$types'
import { read } from '#server/platform/context.ts'
import {
  addTopic,
  changeTopic,
  listCompetences,
  listTopicNeeds,
  listTopics,
  setTopicNeed,
  TopicNeeds,
} from '#server/desks/index.ts'
import { deskActor, orNull, parsed, settle } from '../../../../../edge/desk-form.ts'
import { textOf } from '../../../../../edge/form-fields.ts'
import { wordActions, wordsLoad } from '../word-actions.ts'

const topics = { path: 'topics', list: listTopics, change: changeTopic, add: addTopic } as const

export const load: PageServerLoad = async (event) => {
  const words = await wordsLoad(topics)(event)
  const { app, language } = event.locals
  const named = ({ code, name_id, name_en }: { code: string; name_id: string; name_en: string }) => ({
    code,
    name: language === 'en' ? name_en : name_id,
  })
  return read(app, deskActor(event.locals), async (ctx) => ({
    ...words,
    topics: words.vocabulary.map(named),
    needs: await listTopicNeeds(ctx),
    competences: (await listCompetences(ctx)).map(named),
  }))
}

export const actions: Actions = {
  ...wordActions(topics),
  need: async ({ request, locals }) => {
    const form = await request.formData()
    // The fields of a word's form, so that the page that shows it again is one kind of page.
    const values = { form: 'need', code: textOf(form, 'code'), name_id: '', name_en: '', position: '' }
    const [competence_code, level] = [textOf(form, 'competence_code'), textOf(form, 'level')]
    return settle(locals, values, '/desk/settings/topics?done=saved', (ctx) =>
      setTopicNeed(
        ctx,
        parsed(TopicNeeds, {
          code: values.code,
          competence_code: orNull(competence_code),
          level: level || undefined,
        }),
      ),
    )
  },
}
