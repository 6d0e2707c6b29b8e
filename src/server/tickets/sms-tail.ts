import type { Language } from '../platform/context.ts'
import { say } from '../platform/words.ts'

/** Under the words of a person in an SMS: which request it is about, what to answer, and where the files are that no SMS carries. */
export const smsTail = ({
  language,
  number,
  footer,
  files = 0,
  link = '',
}: {
  language: Language
  number: string
  footer: 'ticket.mail.follow' | 'ticket.mail.confirm' | 'ticket.mail.closed'
  /** How many. */
  files?: number | undefined
  link?: string | undefined
}): string =>
  [
    ...(files > 0 ? [say(language, 'sms.files', { count: files, link })] : []),
    say(language, footer === 'ticket.mail.confirm' ? 'sms.tail_confirm' : 'sms.tail', { number }),
  ].join('\n')
