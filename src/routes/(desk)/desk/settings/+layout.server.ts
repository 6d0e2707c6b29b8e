import type { LayoutServerLoad } from './$types'
import { dictionaries } from '#server/platform/words.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { placesOf } from './places.ts'

export const load: LayoutServerLoad = ({ locals }) => ({
  // Stays on the server (src/hooks.ts): these pages have no script.
  words: dictionaries[locals.language],
  places: placesOf(deskActor(locals)),
})
