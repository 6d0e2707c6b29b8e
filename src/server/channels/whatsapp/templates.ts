import { sql } from 'kysely'
import { z } from 'zod'
import type { Reading, Writing } from '../../platform/context.ts'
import { record } from '../../platform/journal.ts'
import { refuse } from '../../platform/refusal.ts'
import { mustAdminister } from '../../people/index.ts'
import type { TextOptions } from '../texts/adapter.ts'

/**
 * What a template stands for. More than 24 hours after somebody wrote last, WhatsApp takes nothing from us but words that Meta approved before;
 * they say that something waits, and where.
 */
export const templateNotices = ['answer', 'solved', 'notice', 'offer'] as const
export type TemplateNotice = (typeof templateNotices)[number]

/** As an administrator had it approved at Meta and entered it here. */
export interface WhatsappTemplate {
  notice: TemplateNotice
  language: 'id' | 'en'
  name: string
  /** Meta's code of its language: id, en, en_US. */
  code: string
  /** With {{1}} and so on. */
  body: string
  saved_at: Date
}

/**
 * What stands where, in this order: the number of the ticket or the code of the offer, who runs this help desk, and where to read it. An offer has a fourth:
 * where to decline it. Both links lead to a page that asks before it does anything.
 */
const templateValues = (notice: TemplateNotice): number => (notice === 'offer' ? 4 : 3)

/** Placeholders are numbered from 1 without a gap: Meta refuses another number of values than it knows of. */
const hasGoodPlaceholders = ({ notice, body }: { notice: TemplateNotice; body: string }): boolean => {
  const numbers = placeholdersIn(body)
  return numbers.every((number) => number >= 1 && number <= Math.min(templateValues(notice), numbers.length))
}
const placeholdersIn = (body: string): number[] => [
  ...new Set(
    [...body.matchAll(/\{\{\s*(\w*)\s*\}\}/g)].map(([, number]) => (/^\d$/.test(number!) ? Number(number) : 0)),
  ),
]

export const SaveTemplate = z
  .strictObject({
    notice: z.enum(templateNotices),
    language: z.enum(['id', 'en']),
    name: z
      .string()
      .trim()
      .regex(/^[a-z0-9_]{1,512}$/, 'settings.whatsapp_fault_name'),
    code: z
      .string()
      .trim()
      .regex(/^[a-z]{2,3}(_[A-Z]{2})?$/, 'settings.whatsapp_fault_code'),
    body: z.string().trim().min(1).max(1024),
  })
  .refine(hasGoodPlaceholders, { path: ['body'], message: 'settings.whatsapp_fault_placeholders' })
export type SaveTemplate = z.infer<typeof SaveTemplate>

export const RemoveTemplate = z.strictObject({ notice: z.enum(templateNotices), language: z.enum(['id', 'en']) })
export type RemoveTemplate = z.infer<typeof RemoveTemplate>

/** Four kinds in two languages at most. Nobody's secret. */
export async function listTemplates(ctx: Pick<Reading, 'db'>): Promise<WhatsappTemplate[]> {
  const { rows } =
    await sql<WhatsappTemplate>`select notice, language, name, code, body, saved_at from whatsapp_templates
    order by array_position(${[...templateNotices]}::text[], notice), language = 'en' limit 100`.execute(ctx.db)
  return rows
}

/** From now on this is sent for that notice in that language. Administrators only. Records `whatsapp_template.changed`. */
export async function saveTemplate(ctx: Writing, input: SaveTemplate): Promise<void> {
  mustAdminister(ctx.actor)
  const { notice, language, name, code, body } = input
  await sql`insert into whatsapp_templates (notice, language, name, code, body, saved_at)
    values (${notice}, ${language}, ${name}, ${code}, ${body}, ${ctx.now}::timestamptz)
    on conflict (notice, language) do update set name = excluded.name, code = excluded.code, body = excluded.body, saved_at = excluded.saved_at`.execute(
    ctx.tx,
  )
  await record(ctx, 'whatsapp_template.changed', {
    about: { notice, language, removed: false },
    details: { name, body },
  })
}

/** Nothing is sent any more for that notice in that language outside the 24 hours. Administrators only; refuses not_found. */
export async function removeTemplate(ctx: Writing, { notice, language }: RemoveTemplate): Promise<void> {
  mustAdminister(ctx.actor)
  const { rows } =
    await sql`delete from whatsapp_templates where notice = ${notice} and language = ${language} returning 1`.execute(
      ctx.tx,
    )
  if (rows.length === 0) refuse('not_found', 'page')
  await record(ctx, 'whatsapp_template.changed', { about: { notice, language, removed: true } })
}

/** A text that is due, as far as its template depends on it. */
export interface TextToTell {
  /** Of the outbox: reply, notice, offer … */
  kind: string
  language: 'id' | 'en'
  text: string
  options: TextOptions
  /** The ticket's number. */
  about_number: string | null
}

/**
 * The template that says outside the 24 hours that this text waits; null where none was entered. One in the other language says more than
 * none; where a kind has none of its own, `notice` stands for it. Pure.
 * @param given who runs this help desk, and its address
 */
export function templateOf(
  templates: readonly WhatsappTemplate[],
  text: TextToTell,
  given: { operator: string; origin: string },
): NonNullable<TextOptions['template']> | null {
  const wanted = noticeOf(text)
  const ranked = [
    [wanted, text.language],
    [wanted, text.language === 'id' ? 'en' : 'id'],
    ['notice', text.language],
    ['notice', text.language === 'id' ? 'en' : 'id'],
  ] as const
  const chosen = ranked
    .map(([notice, language]) => templates.find((one) => one.notice === notice && one.language === language))
    .find((one) => one !== undefined)
  // Where offers have no template of their own, one about tickets would say something wrong.
  if (!chosen || (wanted === 'offer' && chosen.notice !== 'offer')) return null
  const links = linksIn(text.text, given.origin)
  const name = wanted === 'offer' ? (/\b(?=\w*\d)[0-9A-Z]{3,8}\b/.exec(text.text)?.[0] ?? '-') : numberOf(text)
  return {
    name: chosen.name,
    language: chosen.code,
    values: [name, given.operator, links[0] ?? given.origin, links[1] ?? links[0] ?? given.origin].slice(
      0,
      placeholdersIn(chosen.body).length,
    ),
  }
}

/** Links of our own; an address that only begins like ours is somebody else's (`https://pandu.example.evil.example`). */
function linksIn(text: string, origin: string): string[] {
  const links = [...text.matchAll(/https?:\/\/\S+/g)].map(([link]) => link.replace(/[).,]+$/, ''))
  return links.filter((link) => URL.canParse(link) && new URL(link).origin === new URL(origin).origin)
}

const numberOf = ({ about_number }: TextToTell) => (about_number === null ? '-' : `#${about_number}`)

function noticeOf({ kind, options }: TextToTell): TemplateNotice {
  if (kind === 'offer') return 'offer'
  // Whoever is asked whether it is solved has these buttons inside the 24 hours.
  if ((options.buttons?.length ?? 0) > 0) return 'solved'
  return kind === 'reply' ? 'answer' : 'notice'
}

/** What whoever gets it reads. */
export const readTemplate = (body: string, values: readonly string[]): string =>
  body.replace(/\{\{\s*(\d)\s*\}\}/g, (_, number: string) => values[Number(number) - 1] ?? '')
