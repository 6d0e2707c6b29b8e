import { z } from 'zod'
import { readRequest, type GatewayRequest } from '../sms/gateway-request.ts'

export const callSteps = ['ringing', 'answered', 'missed', 'ended'] as const
export type CallStep = (typeof callSteps)[number]

/** A form and some exchanges' scripts say numbers as words, and words as numbers. PostgreSQL keeps no NUL and no half letter. */
const words = z
  .union([z.string(), z.number()], 'fault.wrong')
  .transform((given) => String(given).replaceAll('\0', '').toWellFormed().trim())
const line = (max: number) => words.pipe(z.string().max(max, 'fault.too_long')).optional()

/**
 * What an exchange tells of a call (docs/channels.md, Phone). What else stands there is left alone: exchanges send more than we ask for.
 */
export const CallNews = z.object({
  event: z.enum(callSteps, 'phone.fault_step'),
  call: words.pipe(z.string().min(1, 'fault.required').max(200, 'fault.too_long')),
  from: line(200),
  to: line(200),
  /** Seconds or milliseconds since 1970, or a time with its zone. */
  ts: z
    .union([z.string(), z.number()], 'phone.fault_time')
    .transform((given, check) => {
      if (given === '') return undefined
      return timeOf(given) ?? (check.addIssue({ code: 'custom', message: 'phone.fault_time' }), z.NEVER)
    })
    .optional(),
  direction: z
    .union([z.literal('').transform(() => 'in' as const), z.enum(['in', 'out'])], 'phone.fault_direction')
    .default('in'),
  /** Whose telephone rings, or answered. */
  extension: line(40),
  status: line(40),
})
export type CallNews = z.output<typeof CallNews>

/** Field and word key of what is wrong. */
export type CallFault = { path: string; key: string }

/** What stands in a request: JSON, or a form. */
export function readCallNews(request: GatewayRequest): { news: CallNews } | { faults: CallFault[] } {
  const given = fieldsOf(request)
  if (given === null) return { faults: [{ path: '', key: 'phone.fault_json' }] }
  const { success, data, error } = CallNews.safeParse(given)
  if (success) return { news: data }
  const faults = error.issues.map(({ path, message }) => ({ path: path.join('.'), key: message }))
  return { faults: faults.filter(({ path }, index) => faults.findIndex((other) => other.path === path) === index) }
}

function fieldsOf({ headers, body, fields }: GatewayRequest): unknown {
  if (headers.get('content-type')?.startsWith('application/x-www-form-urlencoded'))
    return Object.fromEntries([...fields].map(([name, value]) => [name, value.toString('utf8').replaceAll('\0', '')]))
  try {
    const given: unknown = JSON.parse(body.toString('utf8').replaceAll('\0', ''))
    return typeof given === 'object' && given !== null && !Array.isArray(given) ? given : null
  } catch {
    return null
  }
}

/** Beyond this it was said in milliseconds. */
const SECONDS_MAX = 100_000_000_000

function timeOf(given: string | number): Date | null {
  const number = typeof given === 'number' ? given : /^\d+(\.\d+)?$/.test(given.trim()) ? Number(given) : null
  const at =
    number !== null
      ? new Date(number > SECONDS_MAX ? number : number * 1000)
      : // Without a zone nobody knows which hour it was.
        /(Z|[+-]\d{2}:?\d{2})$/i.test(given.toString().trim())
        ? new Date(given)
        : new Date(Number.NaN)
  return Number.isNaN(at.getTime()) ? null : at
}

/** What one item of the ledger says of a call. */
export interface HeardCall {
  source: string
  /** Of the token that it came by; null: by the number that was called. */
  desk_id: string | null
  news: CallNews
}

/** Reads what `callItem` wrote; null where it makes no sense (it was checked before it was taken in, so by another version). */
export function readCallItem(raw: Buffer, greeting: string): HeardCall | null {
  const request = readRequest(raw)
  const read = readCallNews(request)
  if ('faults' in read) return null
  return {
    source: greeting.replace(/^phone:/, '').slice(0, 80) || 'exchange',
    desk_id: request.headers.get(NOTED_DESK) || null,
    news: read.news,
  }
}
export const NOTED_DESK = 'pandu-desk'
