import type { LayoutServerLoad } from './$types'
import { deskActor } from '../../../../edge/desk-form.ts'
import { placesOf } from './places.ts'

export const load: LayoutServerLoad = ({ locals }) => ({ places: placesOf(deskActor(locals)) })
