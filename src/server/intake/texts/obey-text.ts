import { sql } from 'kysely'
import { identify, system, type Writing } from '../../platform/context.ts'
import { Refusal } from '../../platform/refusal.ts'
import { say } from '../../platform/words.ts'
import { takeProviderText } from '../../referrals/index.ts'
import { answer, type Became, type Decided } from './became.ts'
import { doAct, type Done } from './do-act.ts'
import { changes } from './limit-commands.ts'

/** What a text commands; what the ticket does not allow any more changes nothing, and is told. */
export async function obeyText(ctx: Writing, one: Decided<'act'>): Promise<Became> {
  const { speaker, item, known, language, decision, text } = one
  await sql`savepoint act`.execute(ctx.tx)
  let done: Done
  try {
    done = await doAct(ctx, { speaker, item_id: item.id, text, known, language, act: decision.act })
  } catch (thrown) {
    if (!(thrown instanceof Refusal)) throw thrown
    await sql`rollback to savepoint act`.execute(ctx.tx)
    await identify(ctx.tx, system)
    const ticket = 'ticket' in decision.act ? decision.act.ticket : null
    return {
      settlement: { outcome: 'command', reason: 'not_possible', ticket },
      answer: answer(
        one,
        ticket
          ? {
              key: 'sms.not_possible',
              values: { number: ticket.number, state: say(language, `sms.state_${ticket.state}`) },
            }
          : { key: 'sms.nothing_to_undo' },
        ticket,
      ),
    }
  }
  return {
    settlement: {
      outcome: 'command',
      ticket: done.ticket,
      ticket_message_id: done.message_id ?? null,
    },
    answer: done.answer && {
      ...answer(one, done.answer.says, done.ticket),
      ...(done.language ? { language: done.language } : {}),
      ...(done.answer.with_link ? { with_link: done.answer.with_link } : {}),
      after_stop: done.answer.after_stop ?? false,
      is_echo: changes(decision.act),
    },
    ...(done.conversation ? { conversation: done.conversation } : {}),
  }
}

/** What a contact of a provider wrote. */
export async function passToProvider(ctx: Writing, one: Decided<'provider'>): Promise<Became> {
  const { decision, speaker, text, heard, attachments } = one
  const taken = await takeProviderText(ctx, {
    entry: decision.entry,
    via: speaker.channel === 'whatsapp' ? 'whatsapp' : 'sms',
    text: heard.button ?? text,
    attachments,
  })
  return {
    settlement: {
      outcome: taken.outcome,
      reason: taken.reason,
      ticket: taken.ticket,
      ticket_message_id: taken.message_id,
    },
    answer:
      taken.answer === null
        ? null
        : {
            ...speaker,
            language: taken.language,
            says: { text: taken.answer },
            person_id: taken.person_id,
            ticket: taken.ticket,
            is_echo: taken.outcome === 'command' && taken.reason === null,
          },
  }
}
