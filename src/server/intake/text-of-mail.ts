import { day, moment } from '#messages/moments.ts'
import { say, type Key, type Language } from '../platform/words.ts'
import type { Invitation, InvitationTime, Mail } from '../channels/index.ts'

/** Zones of Indonesia by their distance from UTC in hours; other invitations are told in the time of Jakarta. */
const ZONES: Record<number, string> = { 7: 'Asia/Jakarta', 8: 'Asia/Makassar', 9: 'Asia/Jayapura' }

/**
 * What a mail says, as a ticket shows it: what has to be known about it (sealed, cut), its words, and its calendar in readable lines. A
 * mail without a word of its own says so, instead of showing an empty page.
 */
export function textOfMail(mail: Mail, language: Language): { text: string; quoted_text?: string } {
  const text = [
    ...mail.remarks.map((remark) => say(language, `intake.remark_${remark}`)),
    mail.text,
    ...mail.invitations.map((invitation) => describe(invitation, language)),
  ]
    .filter(Boolean)
    .join('\n\n')
  const nothing = mail.attachments.length > 0 ? 'intake.only_attachments' : 'intake.no_text'
  return { text: text || say(language, nothing), ...(mail.quoted_text ? { quoted_text: mail.quoted_text } : {}) }
}

function describe({ method, summary, location, organizer, begins, ends }: Invitation, language: Language): string {
  const kind: Key =
    method === 'cancel'
      ? 'intake.invitation_cancel'
      : method === 'reply'
        ? 'intake.invitation_reply'
        : 'intake.invitation'
  const when = begins && describeTime(begins, language)
  const until = ends && ends.written !== begins?.written && ends.at ? describeTime(ends, language) : null
  return [
    say(language, kind, { summary: summary || say(language, 'intake.invitation_no_summary') }),
    when &&
      say(language, 'intake.invitation_when', {
        when: until ? say(language, 'intake.invitation_until', { begins: when, ends: until }) : when,
      }),
    location && say(language, 'intake.invitation_where', { where: location }),
    organizer && say(language, 'intake.invitation_who', { who: organizer }),
  ]
    .filter(Boolean)
    .join('\n')
}

function describeTime({ written, at }: InvitationTime, language: Language): string {
  const asUtc = new Date(`${written}Z`)
  if (at) return moment(at, ZONES[(asUtc.getTime() - at.getTime()) / 3_600_000] ?? 'Asia/Jakarta', language)
  if (!written.includes('T')) return day(new Date(`${written}T00:00Z`), 'UTC', language)
  return say(language, 'intake.invitation_zoneless', { written: moment(asUtc, 'UTC', language).replace(/ UTC$/, '') })
}
