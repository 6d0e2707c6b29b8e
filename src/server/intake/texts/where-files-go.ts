import type { Writing } from '../../platform/context.ts'
import { say } from '../../platform/words.ts'
import { operator } from '../../desks/index.ts'
import type { Commanding, Done } from './do-act.ts'
import type { OwnTicket } from './look-up-texts.ts'
import { isOneSegment } from './say.ts'

/** No SMS carries a file: they are told by which of the operator's own ways it can come, and what to write with it. A chat takes it as it is. */
export async function whereFilesGo(ctx: Writing, { speaker, language }: Commanding, ticket: OwnTicket): Promise<Done> {
  if (speaker.channel !== 'sms') return { answer: { says: { key: 'sms.send_files_here' } }, ticket }
  const { number } = ticket
  const { whatsapp, email } = await operator(ctx)
  const ways = [...(whatsapp ? [`WhatsApp ${whatsapp}`] : []), ...(email ? [email] : [])]
  const or = say(language, 'sms.or')
  const texts = [ways, ways.slice(0, 1), ways.slice(1)]
    .filter((some) => some.length > 0)
    .map((some) => say(language, 'sms.send_files', { number, ways: some.join(` ${or} `) }))
  const text = texts.find(isOneSegment) ?? say(language, 'sms.send_files_desk', { number })
  return { answer: { says: { text } }, ticket }
}
