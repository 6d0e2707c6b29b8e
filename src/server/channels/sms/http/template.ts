/**
 * How a gateway over HTTP is spoken to, as its administrator describes it in a file (docs/channels.md). Read and checked once, at the start:
 * a field that nobody knows or a pattern that is none stops it with a sentence, so that no text is lost to a misspelt word later.
 */
import { readFileSync } from 'node:fs'
import { z } from 'zod'
import { SettingFault } from '../../../../settings.ts'
import type { App } from '../../../platform/app.ts'
import { smsLines, type OpenedLine } from '../../texts/read-gateways.ts'

/** What may stand in braces. */
const PLACEHOLDERS = ['to', 'text', 'id', 'from', 'reports'] as const
export type Placeholder = (typeof PLACEHOLDERS)[number]

const pattern = z.string().transform((text, ctx) => {
  try {
    return new RegExp(text, 's')
  } catch {
    ctx.addIssue({ code: 'custom', message: 'is no regular expression' })
    return z.NEVER
  }
})
/** Names and numbers with dots between: `data.0.id`. */
const place = z.string().regex(/^[^.\s]+(\.[^.\s]+)*$/, 'must be names with dots between, such as data.0.id')

const look = z
  .strictObject({
    status: z.array(z.int().min(100).max(599)).min(1).optional(),
    field: place.optional(),
    is: z
      .array(z.union([z.string(), z.number(), z.boolean(), z.null()]))
      .min(1)
      .optional(),
    pattern: pattern.optional(),
  })
  .refine(({ status, field, pattern }) => status ?? field ?? pattern, 'must name a status, a field or a pattern')
  .refine(({ field, is }) => (field === undefined) === (is === undefined), 'needs both field and is, or neither')
export type Look = z.infer<typeof look>

const found = z
  .strictObject({ field: place.optional(), pattern: pattern.optional() })
  .refine(({ field, pattern }) => (field === undefined) !== (pattern === undefined), 'must name a field or a pattern')
export type Found = z.infer<typeof found>

type Content = string | number | boolean | null | Content[] | { [name: string]: Content }
const content: z.ZodType<Content> = z.lazy(() =>
  z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(content), z.record(z.string(), content)]),
)
const fields = z.record(z.string(), content)
export type Fields = z.infer<typeof fields>

const send = z
  .strictObject({
    url: z.url({ protocol: /^https?$/, message: 'must be an address, such as https://api.penjual.contoh/sms' }),
    method: z.enum(['GET', 'POST', 'PUT']).default('POST'),
    format: z.enum(['json', 'form', 'query'], 'must be json, form or query'),
    headers: z
      .record(z.string().regex(/^[\w-]+$/, 'must be names of headers'), z.string().regex(/^[\x20-\x7e]*$/))
      .default({}),
    fields,
    /** Added, or put in place of others, when the text has letters that GSM has not. */
    unicode_fields: fields.default({}),
    numbers: z.enum(['+62', '62', '0'], 'must be "+62", "62" or "0": how its numbers begin').default('+62'),
    /** A text with an {id} that it has already is not sent a second time. */
    once_by_id: z.boolean().default(false),
    accepted: look,
    throttled: look.optional(),
    refused: look.optional(),
    away: look.optional(),
    id: found.optional(),
    error: found.optional(),
    wait_seconds: z.number().positive().max(3600).default(10),
    timeout_seconds: z.number().min(1).max(120).default(30),
  })
  .refine(
    ({ format, fields }) => format === 'json' || Object.values(fields).every((one) => typeof one !== 'object'),
    'has a field within a field, which only the format json can say',
  ) // prettier-ignore
  .refine(
    ({ format, method }) => format === 'query' || method !== 'GET',
    'has the method GET, which has no body: its format must be query',
  ) // prettier-ignore
  .superRefine((given, ctx) => {
    const used = placeholdersOf([given.url, given.fields, given.unicode_fields])
    const unknown = used.find((name) => !(PLACEHOLDERS as readonly string[]).includes(name))
    if (unknown) ctx.addIssue({ code: 'custom', message: `has {${unknown}}; there are only ${PLACEHOLDERS.map((name) => `{${name}}`).join(' ')}` }) // prettier-ignore
    if (given.once_by_id && !used.includes('id'))
      ctx.addIssue({ code: 'custom', message: 'has once_by_id, but says nowhere where {id} goes' })
    for (const name of ['to', 'text'])
      if (!used.includes(name)) ctx.addIssue({ code: 'custom', message: `says nowhere where {${name}} goes` })
  })

const incoming = z.strictObject({
  fields: z.strictObject({
    from: place,
    text: place,
    to: place.optional(),
    id: place.optional(),
    at: place.optional(),
  }),
  each: place.optional(),
})
export type Incoming = z.infer<typeof incoming>

const words = z.array(z.union([z.string(), z.number()]).transform((word) => String(word).toLowerCase()))
const reports = z
  .strictObject({
    fields: z.strictObject({
      state: place,
      id: place.optional(),
      mark: place.optional(),
      error: place.optional(),
      at: place.optional(),
    }),
    states: z.strictObject({ sent: words.default([]), delivered: words, failed: words }),
    each: place.optional(),
  })
  .refine(({ fields }) => fields.id ?? fields.mark, 'must name a field id (the gateway’s own) or mark (our {id})')
export type Reports = z.infer<typeof reports>

const template = z
  .strictObject({
    send: send.optional(),
    incoming: incoming.optional(),
    reports: reports.optional(),
    key: z
      .strictObject({ header: z.string().regex(/^[\w-]+$/).optional(), field: z.string().min(1).optional(), value: z.string().min(16, 'must have at least 16 characters') }) // prettier-ignore
      .refine(({ header, field }) => (header === undefined) !== (field === undefined), 'must name a header or a field')
      .optional(),
  })
  .refine(({ send, incoming }) => send ?? incoming, 'describes neither send nor incoming')
  .refine(({ send, reports }) => !reports?.fields.mark || !send || placeholdersOf([send.url, send.fields]).includes('id'), 'has reports with a mark, but send gives no {id}') // prettier-ignore
export type Template = z.infer<typeof template>
export type Send = NonNullable<Template['send']>

/** Every name in braces, in texts at any depth. */
function placeholdersOf(value: unknown): string[] {
  if (typeof value === 'string') return [...value.matchAll(/\{([a-z_]+)\}/g)].map(([, name]) => name!)
  return value !== null && typeof value === 'object' ? Object.values(value).flatMap(placeholdersOf) : []
}

/** @throws SettingFault that names the file, the place in it and the fault */
export function readTemplate(line: Pick<OpenedLine, 'url' | 'from'>): Template {
  const fault = (sentence: string) => new SettingFault(`PANDU_SMS_GATEWAY: ${line.url} ${sentence}; correct the file`)
  let text: string
  try {
    text = readFileSync(line.url, 'utf8')
  } catch (error) {
    throw fault(`cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`)
  }
  let given: unknown
  try {
    given = JSON.parse(text)
  } catch {
    throw fault('is no JSON')
  }
  const parsed = template.safeParse(given)
  if (!parsed.success) throw fault(sentenceOf(parsed.error.issues[0]!))
  const { send } = parsed.data
  if (send && line.from === null && placeholdersOf([send.url, send.fields, send.unicode_fields]).includes('from'))
    throw fault('uses {from}, but its line has no #from=')
  return parsed.data
}

function sentenceOf({ path, code, message, ...issue }: z.core.$ZodIssue): string {
  const where = path.length === 0 ? 'the whole' : path.join('.')
  if (code === 'unrecognized_keys') return `has ${(issue as z.core.$ZodIssueUnrecognizedKeys).keys.join(', ')} in ${where}, which nobody knows` // prettier-ignore
  return `has a fault in ${where}: ${message}`
}

/** Of each gateway that is described by a file. @throws SettingFault */
export function readTemplates(settings: Pick<App['settings'], 'PANDU_SMS_GATEWAY'>): Map<string, Template> {
  const lines = smsLines(settings).filter(({ kind }) => kind === 'http')
  return new Map(lines.map((line) => [line.name, readTemplate(line)]))
}
