import { timeOfDay, weekdayName } from '#messages/moments.ts'
import type { App } from '../../platform/app.ts'
import { read, system } from '../../platform/context.ts'
import { remembered } from '../../platform/remembered.ts'
import { say } from '../../platform/words.ts'
import { operator } from '../../desks/index.ts'
import { isBlocked } from '../blocked-senders.ts'
import { lineOf, numberOf } from './number-of.ts'
import { openAt, phoneHours, type OpenState, type PhoneHours } from './phone-hours.ts'
import type { CallNews } from './read-call.ts'

/** What the exchange may play or say. */
export interface ToldCaller {
  open: boolean
  /** One plain Indonesian sentence or three, to be read aloud. */
  say: string
  /** When the desk opens next; null while it is open, and where nobody can say. */
  opens_at: Date | null
}

interface House {
  hours: PhoneHours
  name: string
  origin: string
  /** Nobody will call them back, so nobody promises it. */
  is_blocked?: boolean
}

/** A call, and whose token told of it. */
interface AboutCall {
  news: CallNews
  desk_id: string | null
}

/**
 * What a caller is told, by the opening hours, holidays and cuti bersama of the desk whose number was called. What it needs is asked of the
 * database once a second, however many calls come; only who is promised a call back is asked about by themselves, because blocked callers get none.
 */
export async function tellCaller(app: App, call: AboutCall): Promise<ToldCaller> {
  const house = await remembered(app, 'hours of the telephone', async (ctx) => {
    const [hours, { name, short_name }] = await Promise.all([phoneHours(ctx), operator(ctx)])
    return { hours, name: short_name || name || say('id', 'app.name') }
  })
  const given = { ...house, origin: app.settings.PANDU_ORIGIN }
  const told = sayAt(new Date(), given, call)
  const number = callerOf(call.news)?.number
  if (told.open || !number) return told
  const is_blocked = await read(app, system, (ctx) => isBlocked(ctx, 'phone', number))
  return is_blocked ? sayAt(new Date(), { ...given, is_blocked }, call) : told
}

/** The same at any moment. Pure. */
export function sayAt(
  at: Date,
  { hours, name, origin, is_blocked = false }: House,
  { news, desk_id }: AboutCall,
): ToldCaller {
  const line = news.direction === 'out' ? news.from : news.to
  const by_line = line === undefined ? undefined : hours.lines.get(lineOf(line))
  const desk = hours.desks.get(desk_id ?? by_line ?? hours.secretariat_id) ?? hours.desks.get(hours.secretariat_id)
  const state = desk ? openAt(desk, hours.holidays, at) : NOWHERE
  const caller = callerOf(news)
  const next =
    caller?.told === ''
      ? say('id', 'phone.then_hidden', { origin: origin.replace(/^https?:\/\//, '') })
      : caller?.number && !is_blocked
        ? say('id', 'phone.then_call_back')
        : ''
  return { open: state.open, say: sentence(state, name, next).trim(), opens_at: state.opens_at }
}
const callerOf = ({ direction, from }: CallNews) => (direction === 'in' && from !== undefined ? numberOf(from) : null)
const NOWHERE: OpenState = { open: false, opens_at: null, zone: 'UTC', why: 'paused', holiday: null }

function sentence({ open, opens_at, zone, holiday }: OpenState, name: string, next: string): string {
  if (open) return say('id', 'phone.open', { name })
  if (opens_at === null) return say('id', 'phone.closed_unknown', { name, next })
  const opens = say('id', 'phone.opens', {
    weekday: weekdayIn(opens_at, zone),
    day: new Intl.DateTimeFormat('id-ID', { timeZone: zone, day: 'numeric', month: 'long' }).format(opens_at),
    time: timeOfDay(opens_at, zone, 'id'),
  })
  return holiday
    ? say('id', 'phone.closed_holiday', { name, holiday, opens, next })
    : say('id', 'phone.closed', { name, opens, next })
}

const ISO = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']
const weekdayIn = (at: Date, zone: string) =>
  weekdayName(ISO.indexOf(new Intl.DateTimeFormat('en-GB', { timeZone: zone, weekday: 'short' }).format(at)) + 1, 'id')
