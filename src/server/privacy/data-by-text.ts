import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { system, write, type Language, type Writing } from '../platform/context.ts'
import { hits } from '../platform/limits.ts'
import type { FactJob } from '../platform/relay.ts'
import { say } from '../platform/words.ts'
import { foldToGsm, queueMessages, type TextChannel } from '../channels/index.ts'
import {
  DATA_CODE_MINUTES,
  DATA_LINK_HOURS,
  makeDataLink,
  mayHaveLink,
  peopleOf,
  proveByReturnedCode,
  type TextedWish,
} from './data-link.ts'
import type { ProvedPoint } from './proved-point.ts'
import { takeBackConsents } from './own-requests.ts'
import { makeRequest, REQUEST_HOURS } from './requests.ts'

const WRONG_TOLD_MAX = 5

/** A text that came, as the ledger has it. */
interface CameText extends ProvedPoint {
  item_id: string
  via: TextChannel
  text: string
}

/**
 * The job of `data_code.wanted`: somebody wrote DATA SAYA, HAPUS DATA or the like. Who forges a sender gets nothing, because the code and the link go to
 * the number. Three times a day; after that, silence.
 */
export async function sendDataCodes(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const { about } of jobs)
    await write(app, system, async (ctx) => {
      const came = await textOf(ctx, String(about['item_id']))
      if (!came || (await isAnswered(ctx, came.item_id))) return
      const kind = about['what'] as TextedWish
      const [person] = await peopleOf(ctx, came)
      if (!(await mayHaveLink(ctx, came))) return
      const language = person?.language ?? 'id'
      if (!person) return answerOnce(ctx, came, language, say(language, 'sms.data_none'))
      const { link, code } = await makeDataLink(ctx, { ...came, wanted: { kind, item_id: came.item_id } })
      const what = say(language, `sms.data_${kind}`)
      await answer(ctx, came, language, say(language, 'sms.data_code', { what, code, link, minutes: DATA_CODE_MINUTES }))
    })
}

/**
 * The job of `data_code.returned`: the code came back from the number, so whoever wrote reads it. What they asked for is written down with its 72 hours, for
 * whoever has nothing but a telephone: the secretariat sees it, and hands a copy over on paper. Of several people with one number it is whoever wrote last;
 * whoever decides is told how many there are.
 */
export async function takeDataCodes(app: App, jobs: readonly FactJob[]): Promise<void> {
  for (const { about } of jobs)
    await write(app, system, async (ctx) => {
      const came = await textOf(ctx, String(about['item_id']))
      // As it was read (intake/texts/data-words.ts): "482 915", too.
      const code = /\d{6}/.exec(came?.text.replaceAll(' ', '') ?? '')?.[0]
      if (!came || !code) return
      const [person] = await peopleOf(ctx, came)
      const proved = await proveByReturnedCode(ctx, { ...came, code })
      const language = person?.language ?? 'id'
      // Run twice, the second finds a code that has been used: it says nothing, because the first has answered.
      if (!proved) return (await wasUsed(ctx, came)) ? undefined : tellWrong(ctx, came, language)
      if (!person) return
      if (proved.kind === 'consent') {
        const withdrawn = await takeBackConsents(ctx, person.id)
        return answer(ctx, came, language, say(language, withdrawn > 0 ? 'sms.consent_withdrawn' : 'sms.consent_none'), person.id)
      }
      const { link } = await makeDataLink(ctx, { ...came, proved: true })
      const kind = proved.kind ?? 'copy'
      const made = await makeRequest(ctx, {
        person_id: person.id,
        kind,
        words: '',
        address: came.address,
        language,
        channel: came.via,
        answer_way: came.via,
      }, { tells: false })
      const values = { number: made.number, what: say(language, `sms.data_${kind}`), hours: REQUEST_HOURS, link, open: DATA_LINK_HOURS }
      await answer(ctx, came, language, say(language, 'sms.data_received', values), person.id)
    })
}

/** Five a day: whoever forges the sender makes nobody's telephone ring. */
async function tellWrong(ctx: Writing, came: CameText, language: Language): Promise<void> {
  const text = say(language, 'sms.data_wrong')
  if (await wasSaid(ctx, came, text)) return
  const wrong = await hits(ctx, { name: 'data_code.wrong', whom: came.address, window_seconds: 86_400 })
  if (wrong <= WRONG_TOLD_MAX) await answer(ctx, came, language, text)
}

/** A job may run twice. */
async function answerOnce(ctx: Writing, came: CameText, language: Language, text: string): Promise<void> {
  if (!(await wasSaid(ctx, came, text))) await answer(ctx, came, language, text)
}

/** Whether the number was told so since this text came: ids grow with time, so few rows are looked at. */
const wasSaid = async (ctx: Writing, { item_id, via, address }: CameText, text: string): Promise<boolean> =>
  (
    await sql`select from outbox where id > ${item_id}::uuid and channel = ${via} and address = ${address} and kind = 'link'
        and text = any (${[text, foldToGsm(text).trim()]}::text[])
      limit 1`.execute(ctx.db)
  ).rows.length > 0

async function textOf(ctx: Writing, item_id: string): Promise<CameText | null> {
  const { rows } = await sql<CameText>`select id as item_id, channel as via, case when channel = 'telegram' then 'telegram' else 'phone' end as channel,
      sender_address as address, text from intake_items
    where id = ${item_id}::uuid and channel in ('sms', 'whatsapp', 'telegram') and sender_address is not null and text is not null`.execute(
    ctx.db,
  )
  return rows[0] ?? null
}

const isAnswered = async (ctx: Writing, item_id: string): Promise<boolean> =>
  (await sql`select from data_links where item_id = ${item_id}::uuid`.execute(ctx.db)).rows.length > 0

/** A code that went to this number was typed or came back within the last hour. */
const wasUsed = async (ctx: Writing, { channel, address }: CameText): Promise<boolean> =>
  (
    await sql`select from data_links where channel = ${channel} and address = ${address} and code_hash is not null and proved_at > ${ctx.now}::timestamptz - interval '1 hour'`.execute(
      ctx.db,
    )
  ).rows.length > 0

/** Also to whoever wrote STOP: it is the answer to what they ask now. */
async function answer(ctx: Writing, { via, address }: CameText, language: Language, text: string, person_id?: string) {
  await queueMessages(ctx, [
    {
      channel: via,
      kind: 'link',
      recipient: address,
      ...(person_id ? { recipient_id: person_id } : {}),
      text,
      language,
      automatic: true,
      options: { after_stop: true },
    },
  ])
}
