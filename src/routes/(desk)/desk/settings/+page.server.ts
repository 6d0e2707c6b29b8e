import type { PageServerLoad } from './$types'
import { read, type Reading } from '#server/platform/context.ts'
import { mayCoordinateAll } from '#server/platform/may-coordinate-all.ts'
import { maySend } from '#server/channels/index.ts'
import { listDesks, operator, privacyVersion } from '#server/desks/index.ts'
import { countAccounts, requiredFactorRoles } from '#server/people/index.ts'
import { findUnlistedRestore } from '#server/privacy/index.ts'
import { listHolidays } from '#server/regions/index.ts'
import { deskActor } from '../../../../edge/desk-form.ts'
import { areaStates } from './area-states.ts'
import { lacks, type Standing } from './checklist.ts'
import { placesOf } from './places.ts'

export const load: PageServerLoad = async ({ locals }) => {
  const actor = deskActor(locals)
  if (!mayCoordinateAll(actor)) return { lacks: null, states: {} }
  const hrefs = placesOf(actor).map(({ href }) => href)
  return read(locals.app, actor, async (ctx) => ({
    lacks: lacks(await standing(ctx)),
    states: await areaStates(ctx, hrefs),
  }))
}

async function standing(ctx: Reading): Promise<Standing> {
  const { settings } = ctx.app
  return {
    operator: await operator(ctx),
    mail: settings.PANDU_MAIL_RELAY ? (maySend(settings) ? 'sent' : 'kept_local') : 'kept_no_relay',
    origin_is_local: /^(localhost|127\.|\[::1\])/.test(new URL(settings.PANDU_ORIGIN).hostname),
    administrators: (await countAccounts(ctx)).administrators,
    second_factor_required: (await requiredFactorRoles(ctx)).includes('administrator'),
    privacy_version: await privacyVersion(ctx),
    desks: await listDesks(ctx),
    years_without_holidays: await yearsWithoutHolidays(ctx),
    erasures_unknown: (await findUnlistedRestore(ctx)) !== null,
  }
}

// The decree for the next year appears in autumn; an answer to a request of December may be due in January.
async function yearsWithoutHolidays(ctx: Reading): Promise<number[]> {
  const year = ctx.now.getUTCFullYear()
  const wanted = ctx.now.getUTCMonth() >= 10 ? [year, year + 1] : [year]
  const known = await Promise.all(wanted.map(async (one) => (await listHolidays(ctx, one)).length > 0))
  return wanted.filter((_, index) => !known[index])
}
