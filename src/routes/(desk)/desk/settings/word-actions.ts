/** Topics, competences and urgencies are set on three pages that are alike. */
import type { RequestEvent } from '@sveltejs/kit'
import { read, type Reading, type Writing } from '#server/platform/context.ts'
import { mustCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { AddWord, ChangeWord, type VocabularyWord } from '#server/desks/index.ts'
import { deskActor, parsed, settle } from '../../../../edge/desk-form.ts'
import { textOf } from '../../../../edge/form-fields.ts'

interface Vocabulary {
  path: 'topics' | 'competences' | 'urgencies'
  list(ctx: Reading, question: { all: boolean }): Promise<VocabularyWord[]>
  change(ctx: Writing, input: ChangeWord): Promise<void>
  /** Urgencies are a closed list. */
  add?(ctx: Writing, input: AddWord): Promise<void>
}

/** All words, and the one that is being changed (`?code=`). */
export const wordsLoad =
  ({ path, list, add }: Vocabulary) =>
  ({ locals, url }: Pick<RequestEvent, 'locals' | 'url'>) => {
    const actor = deskActor(locals)
    mustCoordinateAll(actor)
    return read(locals.app, actor, async (ctx) => {
      // Not `words`: those are the sentences of the page.
      const vocabulary = await list(ctx, { all: true })
      const code = url.searchParams.get('code')
      return {
        path,
        vocabulary,
        chosen: vocabulary.find((word) => word.code === code) ?? null,
        may_add: add !== undefined,
      }
    })
  }

export const wordActions = ({ path, change, add }: Vocabulary) => {
  const page = `/desk/settings/${path}`
  return {
    change: async ({ request, locals, url }: Pick<RequestEvent, 'locals' | 'url' | 'request'>) => {
      const values = {
        form: 'change',
        code: url.searchParams.get('code') ?? '',
        ...typedWord(await request.formData()),
      }
      return settle(locals, values, `${page}?done=saved`, (ctx) => {
        const { code, name_id, name_en } = values
        return change(ctx, parsed(ChangeWord, { code, name_id, name_en, position: wholeNumber(values.position) }))
      })
    },
    switch: async ({ request, locals }: Pick<RequestEvent, 'locals' | 'request'>) => {
      const form = await request.formData()
      const code = textOf(form, 'code')
      const switched_on = textOf(form, 'switched_on') === 'yes'
      return settle(locals, { form: 'switch', code, ...typedWord(form) }, `${page}?done=saved`, (ctx) =>
        change(ctx, parsed(ChangeWord, { code, switched_on })),
      )
    },
    add: async ({ request, locals }: Pick<RequestEvent, 'locals' | 'request'>) => {
      const form = await request.formData()
      const values = { form: 'add', code: textOf(form, 'code'), ...typedWord(form) }
      return settle(locals, values, `${page}?done=added`, async (ctx) => {
        const { code, name_id, name_en, position } = values
        const order = position === '' ? {} : { position: wholeNumber(position) }
        await add?.(ctx, parsed(AddWord, { code, name_id, name_en, ...order }))
      })
    },
  }
}

const typedWord = (form: FormData) => ({
  name_id: textOf(form, 'name_id'),
  name_en: textOf(form, 'name_en'),
  position: textOf(form, 'position'),
})

// An empty or worded number becomes NaN, which the schema refuses beside its field.
const wholeNumber = (text: string) => (text === '' ? Number.NaN : Number(text))
