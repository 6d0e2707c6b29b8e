import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write } from '../platform/context.ts'
import type { FactJob } from '../platform/relay.ts'
import { say, type Language } from '../platform/words.ts'
import { messageId } from './email/addresses.ts'
import { queueMessages } from './queue-messages.ts'

/** Facts of which the secretariat is told by mail, and how: each has `mail.told_NAME_subject` and `mail.told_NAME_text`. */
const names = {
  'codes.locked': 'codes_locked',
  'duty.disowned': 'duty_disowned',
  'texts.paid_warned': 'paid_warned',
  'texts.paid_full': 'paid_full',
} as const
type Told = keyof typeof names
const isTold = (kind: string): kind is Told => Object.hasOwn(names, kind)

interface Reader {
  fact_id: string
  kind: Told
  person_id: string
  name: string
  language: Language
  address: string
  organisation: string
  about: Record<string, unknown>
}

/**
 * Tells everybody of the secretariat by mail of what somebody has to look at and no ticket stands for: a number that tries codes, paid texts that come to an
 * end, a duty contact whose number is somebody else's (its desk's coordinators too). Safe to run twice: nobody is told of one fact twice.
 */
export async function tellSecretariat(app: App, jobs: FactJob[]): Promise<void> {
  const fact_ids = jobs.filter(({ kind }) => isTold(kind)).map(({ fact_id }) => fact_id)
  if (fact_ids.length === 0) return
  await write(app, system, async (ctx) => {
    const { rows } =
      await sql<Reader>`select f.id as fact_id, f.kind, f.about, p.id as person_id, p.name, p.language, c.address,
        coalesce((select d.name from desks d where d.id = (f.about->>'desk_id')::uuid), '') as organisation
      from facts f
      cross join lateral (select distinct m.person_id from desk_members m join desks d on d.id = m.desk_id and d.closed_at is null
          -- Whose contact it was names another.
          and (d.kind = 'secretariat' or (f.kind = 'duty.disowned' and d.id = (f.about->>'desk_id')::uuid and m.role = 'coordinator'))
        join accounts a on a.person_id = m.person_id and a.disabled_at is null order by m.person_id limit 50) reader
      join people p on p.id = reader.person_id
      cross join lateral (select address from contact_points where person_id = p.id and channel = 'email' and verified_at is not null
        order by verified_at, id limit 1) c
      where f.id = any (${fact_ids}::uuid[])
      order by f.id, p.id limit 500`.execute(ctx.tx)
    const mails = rows.map(({ kind, about, person_id, name, language, address, organisation, fact_id }) => {
      const values = {
        organisation,
        percent: String(about['percent'] ?? ''),
        span: about['span'] === 'month' ? say(language, 'mail.told_month') : say(language, 'mail.told_day'),
        used: Number(about['used'] ?? 0),
        most: Number(about['most'] ?? 0),
        link: `${app.settings.PANDU_ORIGIN}/desk/settings/limits`,
      }
      return {
        channel: 'email' as const,
        kind: 'notice' as const,
        recipient: address,
        recipient_name: name,
        recipient_id: person_id,
        subject: say(language, `mail.told_${names[kind]}_subject`, values),
        text: say(language, `mail.told_${names[kind]}_text`, values),
        language,
        automatic: true,
        mail_id: messageId(app.secrets, app.settings.PANDU_MAIL_DOMAIN, {
          ticket_number: null,
          id: idOf(fact_id, person_id),
        }),
      }
    })
    const { rows: told } = await sql<{ mail_id: string }>`select mail_id from outbox
      where mail_id = any (${mails.map(({ mail_id }) => mail_id)}::text[]) order by mail_id limit 500`.execute(ctx.db)
    const known = new Set(told.map(({ mail_id }) => mail_id))
    await queueMessages(
      ctx,
      mails.filter(({ mail_id }) => !known.has(mail_id)),
    )
  })
}

/** One mail for each fact and reader, and the same one when the job runs again. */
const idOf = (fact_id: string, person_id: string): string =>
  createHash('sha256')
    .update(`${fact_id} ${person_id}`)
    .digest('hex')
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5')
