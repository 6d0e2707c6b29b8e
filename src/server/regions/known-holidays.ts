/**
 * National holidays and *cuti bersama* of 2024 to 2026, with the decree of each. Start values for the editable table: the lists change
 * inside the year (18 August 2025 was added in August 2025), so a later year or a change is entered on a page, not here.
 */
export interface Holiday {
  /** YYYY-MM-DD */
  date: string
  kind: 'national' | 'cuti_bersama'
  name: string
  decree: string
}

const SKB_2024 = 'SKB Menteri Agama, Menteri Ketenagakerjaan, dan Menteri PANRB Nomor 855, 3, dan 4 Tahun 2023'
const SKB_2025 = 'SKB Menteri Agama, Menteri Ketenagakerjaan, dan Menteri PANRB Nomor 1017, 2, dan 2 Tahun 2024'
const SKB_2025_CHANGED = 'SKB Menteri Agama, Menteri Ketenagakerjaan, dan Menteri PANRB Nomor 933, 1, dan 3 Tahun 2025'
const SKB_2026 = 'SKB Menteri Agama, Menteri Ketenagakerjaan, dan Menteri PANRB Nomor 1497, 2, dan 5 Tahun 2025'

const days: [decree: string, kind: Holiday['kind'], days: Record<string, string>][] = [
  [
    SKB_2024,
    'national',
    {
      '2024-01-01': 'Tahun Baru 2024 Masehi',
      '2024-02-08': 'Isra Mikraj Nabi Muhammad SAW',
      '2024-02-10': 'Tahun Baru Imlek 2575 Kongzili',
      '2024-03-11': 'Hari Suci Nyepi, Tahun Baru Saka 1946',
      '2024-03-29': 'Wafat Yesus Kristus',
      '2024-03-31': 'Kebangkitan Yesus Kristus (Paskah)',
      '2024-04-10': 'Idulfitri 1445 Hijriah',
      '2024-04-11': 'Idulfitri 1445 Hijriah',
      '2024-05-01': 'Hari Buruh Internasional',
      '2024-05-09': 'Kenaikan Yesus Kristus',
      '2024-05-23': 'Hari Raya Waisak 2568 BE',
      '2024-06-01': 'Hari Lahir Pancasila',
      '2024-06-17': 'Iduladha 1445 Hijriah',
      '2024-07-07': '1 Muharam, Tahun Baru Islam 1446 Hijriah',
      '2024-08-17': 'Proklamasi Kemerdekaan',
      '2024-09-16': 'Maulid Nabi Muhammad SAW',
      '2024-12-25': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
  ['Keputusan Presiden Nomor 10 Tahun 2024', 'national', { '2024-02-14': 'Hari Pemungutan Suara Pemilihan Umum 2024' }],
  [
    'Keputusan Presiden Nomor 33 Tahun 2024',
    'national',
    { '2024-11-27': 'Hari Pemungutan Suara Pemilihan Kepala Daerah 2024' },
  ],
  [
    SKB_2024,
    'cuti_bersama',
    {
      '2024-02-09': 'Tahun Baru Imlek 2575 Kongzili',
      '2024-03-12': 'Hari Suci Nyepi, Tahun Baru Saka 1946',
      '2024-04-08': 'Idulfitri 1445 Hijriah',
      '2024-04-09': 'Idulfitri 1445 Hijriah',
      '2024-04-12': 'Idulfitri 1445 Hijriah',
      '2024-04-15': 'Idulfitri 1445 Hijriah',
      '2024-05-10': 'Kenaikan Yesus Kristus',
      '2024-05-24': 'Hari Raya Waisak 2568 BE',
      '2024-06-18': 'Iduladha 1445 Hijriah',
      '2024-12-26': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
  [
    SKB_2025,
    'national',
    {
      '2025-01-01': 'Tahun Baru 2025 Masehi',
      '2025-01-27': 'Isra Mikraj Nabi Muhammad SAW',
      '2025-01-29': 'Tahun Baru Imlek 2576 Kongzili',
      '2025-03-29': 'Hari Suci Nyepi, Tahun Baru Saka 1947',
      '2025-03-31': 'Idulfitri 1446 Hijriah',
      '2025-04-01': 'Idulfitri 1446 Hijriah',
      '2025-04-18': 'Wafat Yesus Kristus',
      '2025-04-20': 'Kebangkitan Yesus Kristus (Paskah)',
      '2025-05-01': 'Hari Buruh Internasional',
      '2025-05-12': 'Hari Raya Waisak 2569 BE',
      '2025-05-29': 'Kenaikan Yesus Kristus',
      '2025-06-01': 'Hari Lahir Pancasila',
      '2025-06-06': 'Iduladha 1446 Hijriah',
      '2025-06-27': '1 Muharam, Tahun Baru Islam 1447 Hijriah',
      '2025-08-17': 'Proklamasi Kemerdekaan',
      '2025-09-05': 'Maulid Nabi Muhammad SAW',
      '2025-12-25': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
  [
    SKB_2025,
    'cuti_bersama',
    {
      '2025-01-28': 'Tahun Baru Imlek 2576 Kongzili',
      '2025-03-28': 'Hari Suci Nyepi, Tahun Baru Saka 1947',
      '2025-04-02': 'Idulfitri 1446 Hijriah',
      '2025-04-03': 'Idulfitri 1446 Hijriah',
      '2025-04-04': 'Idulfitri 1446 Hijriah',
      '2025-04-07': 'Idulfitri 1446 Hijriah',
      '2025-05-13': 'Hari Raya Waisak 2569 BE',
      '2025-05-30': 'Kenaikan Yesus Kristus',
      '2025-06-09': 'Iduladha 1446 Hijriah',
      '2025-12-26': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
  [SKB_2025_CHANGED, 'cuti_bersama', { '2025-08-18': 'Proklamasi Kemerdekaan' }],
  [
    SKB_2026,
    'national',
    {
      '2026-01-01': 'Tahun Baru 2026 Masehi',
      '2026-01-16': 'Isra Mikraj Nabi Muhammad SAW',
      '2026-02-17': 'Tahun Baru Imlek 2577 Kongzili',
      '2026-03-19': 'Hari Suci Nyepi, Tahun Baru Saka 1948',
      '2026-03-21': 'Idulfitri 1447 Hijriah',
      '2026-03-22': 'Idulfitri 1447 Hijriah',
      '2026-04-03': 'Wafat Yesus Kristus',
      '2026-04-05': 'Kebangkitan Yesus Kristus (Paskah)',
      '2026-05-01': 'Hari Buruh Internasional',
      '2026-05-14': 'Kenaikan Yesus Kristus',
      '2026-05-27': 'Iduladha 1447 Hijriah',
      '2026-05-31': 'Hari Raya Waisak 2570 BE',
      '2026-06-01': 'Hari Lahir Pancasila',
      '2026-06-16': '1 Muharam, Tahun Baru Islam 1448 Hijriah',
      '2026-08-17': 'Proklamasi Kemerdekaan',
      '2026-08-25': 'Maulid Nabi Muhammad SAW',
      '2026-12-25': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
  [
    SKB_2026,
    'cuti_bersama',
    {
      '2026-02-16': 'Tahun Baru Imlek 2577 Kongzili',
      '2026-03-18': 'Hari Suci Nyepi, Tahun Baru Saka 1948',
      '2026-03-20': 'Idulfitri 1447 Hijriah',
      '2026-03-23': 'Idulfitri 1447 Hijriah',
      '2026-03-24': 'Idulfitri 1447 Hijriah',
      '2026-05-15': 'Kenaikan Yesus Kristus',
      '2026-05-28': 'Iduladha 1447 Hijriah',
      '2026-12-24': 'Kelahiran Yesus Kristus (Natal)',
    },
  ],
]

export const knownHolidays: readonly Holiday[] = days.flatMap(([decree, kind, named]) =>
  Object.entries(named).map(([date, name]) => ({ date, kind, name, decree })),
)

export const knownYears: readonly number[] = [...new Set(knownHolidays.map((day) => Number(day.date.slice(0, 4))))]
