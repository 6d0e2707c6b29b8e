import type { z } from 'zod'
import { provinceFacts } from '../../regions/index.ts'
import type { Scenario } from './scenario.ts'

type Given = z.input<typeof Scenario>
type GivenProvider = Given['providers'][number]

/** Provinces without anybody: so far from others that no neighbour helps out, or between two that do. */
const NOBODY = new Set(['65', '81', '93', '94', '95'])
const ONLY_A_PARTNER = new Set(['17', '19', '53', '62', '75', '76', '82', '91', '92', '96'])
/** Where most people live, most ask. */
const BUSY: Readonly<Record<string, number>> = { 31: 10, 32: 14, 33: 12, 34: 4, 35: 13, 36: 4, 12: 5, 73: 4, 51: 3 }

/**
 * A year of an invented network to begin with: a hundred thousand requests, 38 provinces of which five have nobody and ten only a
 * partner, two own units of regional governments. Printed by `./pandu simulate --example`; every figure in it is a guess to be replaced.
 */
export function exampleScenario(): Given {
  const provinces = [...provinceFacts.keys()].sort()
  const providers: GivenProvider[] = []
  for (const code of provinces) {
    if (NOBODY.has(code)) continue
    const time_zone = provinceFacts.get(code)!.time_zone as GivenProvider['time_zone']
    const weight = BUSY[code] ?? 1
    const partner = ONLY_A_PARTNER.has(code)
    for (let number = 1; number <= (weight >= 10 ? 3 : weight >= 4 ? 2 : 1); number++)
      providers.push({
        name: `${partner ? 'Mitra' : 'Anggota'} ${code}-${number} (contoh)`,
        standing: partner ? 'partner' : 'member',
        regions: [code],
        serves_neighbours: number === 1,
        competences: {
          libreoffice: 3,
          'linux-desktop': 3,
          'printing-scanning': 2,
          ...(number === 1 ? { network: 2 } : {}),
        },
        kinds: number === 1 ? ['free', 'paid'] : ['free'],
        capacity_per_week: weight >= 10 ? 90 : weight >= 4 ? 70 : 30,
        time_zone,
      })
  }
  providers.push(
    {
      name: 'Universitas Contoh (seluruh Indonesia)',
      standing: 'member',
      regions: ['ID'],
      competences: { libreoffice: 3, 'linux-desktop': 3, network: 3, migration: 3 },
      kinds: ['free', 'paid'],
      capacity_per_week: 120,
      time_zone: 'Asia/Jakarta',
    },
    ...['Kota Contoh Selatan', 'Kabupaten Contoh Utara'].map((name): GivenProvider => ({
      name: `Unit TIK ${name}`,
      standing: 'own_unit',
      serves: [`Perangkat daerah ${name}`],
      capacity_per_week: 60,
      time_zone: 'Asia/Jakarta',
    })),
  )
  return {
    name: 'Contoh: satu tahun, 38 provinsi',
    seed: 'contoh-1',
    from: '2027-01-04',
    days: 364,
    requests: {
      total: 100_000,
      regions: Object.fromEntries(provinces.map((code) => [code, BUSY[code] ?? 1])),
      competences: { 'libreoffice/1': 40, 'linux-desktop/2': 25, 'printing-scanning/2': 15, 'network/2': 10, none: 10 },
      organisations: {
        '-': 92,
        'Perangkat daerah Kota Contoh Selatan': 4,
        'Perangkat daerah Kabupaten Contoh Utara': 4,
      },
      paid: 0.03,
      urgent: 0.1,
      weekend: 0.1,
    },
    providers,
  }
}
