import type { LayoutServerLoad } from './$types'
import { dictionaryOf } from '#server/platform/words.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { wordsOfTheSettings } from '../../../../edge/desk-words.ts'
import { placesOf } from './places.ts'

export const load: LayoutServerLoad = ({ locals }) => ({
  words: dictionaryOf(locals.language, wordsOfTheSettings),
  places: placesOf(deskActor(locals)),
})
