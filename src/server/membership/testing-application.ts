/** For tests only: what an institution writes when it applies. Invented, marked "contoh". Not exported by index.ts. */
import type { z } from 'zod'
import { newId } from '../platform/ids.ts'
import { officeHours } from '../desks/index.ts'
import type { ApplicationForm } from './application-form.ts'
import type { Apply } from './apply.ts'

export const aForm = (given: Partial<z.input<typeof ApplicationForm>> = {}): z.input<typeof ApplicationForm> => ({
  kind: 'partner',
  institution: { name: 'Komunitas Linux Contoh', kind: 'community', region_code: '63.71', about: 'Contoh.' },
  responsible: { name: 'Rahmat Contoh', email: 'rahmat@linux.contoh.example', phone: '0812 3456 7890' },
  represents: ['63'],
  regions: ['62.71'],
  competences: [
    { code: 'libreoffice', level: 1, kind: 'reference', title: 'Contoh acuan', valid_until: '2099-12-31' },
    { code: 'libreoffice', level: 2, kind: 'certificate', title: 'Contoh sertifikat', valid_until: '2098-12-31' },
    {
      code: 'network',
      level: 1,
      kind: 'finished_work',
      title: 'Contoh pekerjaan',
      url: 'https://contoh.example/a',
      valid_until: '2097-06-30',
    },
  ],
  kinds: ['free', 'paid'],
  capacity_per_week: 7,
  hours: [...officeHours],
  languages: ['id', 'bjn'],
  contacts: [
    { name: 'Rahmat Contoh', channel: 'sms', address: '0812 3456 7890' },
    {
      name: 'Siti Contoh',
      channel: 'email',
      address: 'siti@linux.contoh.example',
      hours: [{ weekday: 6, opens: '08:00', closes: '12:00' }],
    },
  ],
  ...given,
})

export const anApply = (
  form: Partial<z.input<typeof ApplicationForm>> = {},
  given: Partial<z.input<typeof Apply>> = {},
): z.input<typeof Apply> & { client: string } => ({
  form_id: newId(),
  form: aForm(form),
  accepted_version: 1,
  privacy_version: 1,
  client: '203.0.113.9',
  ...given,
})
