/** Each check on its own: what it finds in a mail, and what it does not take for a sign. */
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { readSettings } from '../../../settings.ts'
import { replyAddress, type Mail } from '../../channels/index.ts'
import { withMarker } from '../../channels/email/body-marker.ts'
import { newId } from '../../platform/ids.ts'
import { openSecrets } from '../../platform/secrets.ts'
import type { ReadMail } from '../read-items.ts'
import { byBodyMarker } from './by-body-marker.ts'
import { byMailIds } from './by-mail-ids.ts'
import { byReplyAddress } from './by-reply-address.ts'
import { bySubjectNumber } from './by-subject-number.ts'

const { settings } = readSettings({
  PANDU_DATA: mkdtempSync(join(tmpdir(), 'pandu-checks-')),
  PANDU_MAIL_DOMAIN: 'pandu.test',
})
const app = { settings, secrets: openSecrets(settings) }
const participant_id = newId()
const address = replyAddress(app.secrets, settings.PANDU_REPLY_DOMAIN, { ticket_number: '100014', participant_id })
const known = { ticket_number: '100014', participant_id }
/** The same with one letter of its proof changed. */
const forged = address.replace(/(.)@/, (_, last: string) => (last === 'a' ? 'b@' : 'a@'))

const aMail = (given: Partial<Mail> = {}) =>
  ({
    to: [],
    cc: [],
    in_reply_to: [],
    references: [],
    message_id: null,
    subject: '',
    text: '',
    quoted_text: null,
    ...given,
  }) as unknown as Mail
const read = (recipients: string[], mail: Partial<Mail> = {}) =>
  ({ item: { recipients }, mail: aMail(mail) }) as unknown as ReadMail

test('the signed reply address, in the envelope, in To or in Cc, in any case of letters', () => {
  expect(byReplyAddress(app, read([address]))).toEqual([{ by: 'reply_address', ...known }])
  expect(
    byReplyAddress(app, read(['helpdesk@pandu.test'], { cc: [{ name: '', address: address.toUpperCase() }] })),
  ).toMatchObject([known])
  expect(byReplyAddress(app, read([address], { to: [{ name: '', address }] }))).toHaveLength(1)
})

test.each([
  forged,
  address.replace('100014', '100023'),
  address.slice(1),
  '%@balas.pandu.test',
  '*@balas.pandu.test',
  address.replace('@balas.', '@'),
])('%s is no reply address of ours', (other) => expect(byReplyAddress(app, read([other]))).toEqual([]))

test('In-Reply-To first, then References from the newest, then its own id', () => {
  const mail = aMail({ in_reply_to: ['c@x'], references: ['a@x', 'b@x', 'c@x'], message_id: 'd@x' })
  expect(byMailIds(mail).map(({ mail_id }) => mail_id)).toEqual(['c@x', 'b@x', 'a@x', 'd@x'])
})

test('the marker in what is quoted, also behind quote signs, in brackets, and as an address in a header block', () => {
  const sent = withMarker('Coba lepas kabelnya.\n\n-- \nPandu', address)
  expect(sent.indexOf('[100014-')).toBeLessThan(sent.indexOf('\n-- \n'))
  const quoted = sent.replace(/^/gm, '> ')
  expect(byBodyMarker(app, aMail({ text: 'Sudah.', quoted_text: quoted }))).toEqual([{ by: 'body', ...known }])
  expect(byBodyMarker(app, aMail({ text: `Kepada: Pandu <${address}>` }))).toMatchObject([known])
  expect(byBodyMarker(app, aMail({ text: sent.toUpperCase() }))).toMatchObject([known])
  expect(byBodyMarker(app, aMail({ text: `Kepada: <${forged}>` }))).toEqual([])
  expect(byBodyMarker(app, aMail({ text: `x${address}` }))).toEqual([])
})

test('a mail without a reply address carries no marker', () => {
  expect(withMarker('Halo', null)).toBe('Halo')
  expect(withMarker('Halo', 'helpdesk@pandu.test')).toBe('Halo')
})

test('a thousand forged markers cost little and say nothing', () => {
  const text = Array.from({ length: 1000 }, (_, at) => `[${100_000 + at}-${'a'.repeat(52)}]`).join('\n')
  expect(byBodyMarker(app, aMail({ text }))).toEqual([])
})

test('a number in the subject, with its check digit', () => {
  const numbers = (subject: string) => bySubjectNumber({ subject }).map(({ ticket_number }) => ticket_number)
  expect(numbers('Re: [#100014] Pencetak')).toEqual(['100014'])
  expect(numbers('Bls: tiket #100014 dan #100023')).toEqual(['100014', '100023'])
  // Mistyped; another desk's; a year; a number without its sign.
  for (const other of ['[#100015]', '[Ticket#2026112110000013]', 'Anggaran 2026', '100014', '#1'])
    expect(numbers(other)).toEqual([])
})
