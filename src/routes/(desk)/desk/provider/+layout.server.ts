import type { LayoutServerLoad } from './$types'
import { deskActor } from '../../../../edge/desk-form.ts'
import { askedDesks, ledDesks } from './asked-desks.ts'

/** For whom this person answers; whoever works for no member, partner or regional government finds nothing here. */
export const load: LayoutServerLoad = ({ locals }) => ({
  asked_desks: askedDesks(deskActor(locals)).map(({ id, name }) => ({ id, name })),
  led_desks: ledDesks(deskActor(locals)),
})
