import { expect, test } from 'vitest'
import type { Invitation, Mail } from '../channels/index.ts'
import { textOfMail } from './text-of-mail.ts'

const mail = (given: Partial<Mail> = {}) =>
  ({ text: '', quoted_text: null, remarks: [], invitations: [], attachments: [], ...given }) as unknown as Mail
const invitation = (given: Partial<Invitation> = {}): Invitation => ({
  method: 'request',
  summary: 'Rapat',
  location: '',
  organizer: '',
  begins: null,
  ends: null,
  ...given,
})
const at = (written: string, iso: string | null) => ({ written, at: iso === null ? null : new Date(iso) })

test.each<[string, Mail, string]>([
  ['no word', mail(), '(Tidak ada tulisan di dalamnya.)'],
  ['only files', mail({ attachments: [{} as never] }), '(Tanpa tulisan; lihat lampiran.)'],
  ['words', mail({ text: 'Halo.' }), 'Halo.'],
  [
    'what is cut says so before the words',
    mail({ text: 'Halo.', remarks: ['text_cut'] }),
    '(Teks surel ini sangat panjang dan dipotong. Teks lengkapnya ada di berkas asli di buku masuk.)\n\nHalo.',
  ],
  [
    'an invitation in its own zone, with its end and its place',
    mail({
      invitations: [
        invitation({
          begins: at('2026-12-01T10:00', '2026-12-01T01:00:00Z'),
          ends: at('2026-12-01T12:00', '2026-12-01T03:00:00Z'),
          location: 'Aula',
          organizer: 'Sari',
        }),
      ],
    }),
    'Undangan kalender: Rapat\nWaktu: Sel 1 Des 2026 10.00 WIT sampai Sel 1 Des 2026 12.00 WIT\nTempat: Aula\nPengundang: Sari',
  ],
  [
    'a zone elsewhere, in the time of Jakarta',
    mail({ invitations: [invitation({ begins: at('2026-12-01T03:00', '2026-12-01T02:00:00Z') })] }),
    'Undangan kalender: Rapat\nWaktu: Sel 1 Des 2026 09.00 WIB',
  ],
  [
    'a whole day',
    mail({ invitations: [invitation({ begins: at('2026-12-01', null) })] }),
    'Undangan kalender: Rapat\nWaktu: Sel 1 Des 2026',
  ],
  [
    'no zone',
    mail({ invitations: [invitation({ begins: at('2026-12-01T09:00', null) })] }),
    'Undangan kalender: Rapat\nWaktu: Sel 1 Des 2026 09.00 (zona waktu tidak disebut)',
  ],
  [
    'a cancelled one',
    mail({ invitations: [invitation({ method: 'cancel', summary: '' })] }),
    'Undangan kalender dibatalkan: (tanpa judul)',
  ],
])('%s', (_, given, text) => {
  expect(textOfMail(given, 'id')).toEqual({ text })
})
