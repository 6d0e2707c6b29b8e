import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { sql } from 'kysely'
import type { Writing } from '../platform/context.ts'
import { provinceFacts } from './provinces.ts'

interface Region {
  code: string
  parent_code: string | null
  level: 'province' | 'regency'
  name: string
  time_zone: string
  iso_code: string | null
}

/**
 * Puts in the 38 provinces and 514 regencies and cities that are missing, by Kemendagri code. A row that is there keeps what was
 * changed in it: names are edited on a page, and a newer package must not take that back.
 * Source: idn-area-data (data under ODbL). Only its first two files are read.
 * @returns how many rows were new
 */
export async function loadRegions(ctx: Writing): Promise<number> {
  const regions = await readRegions()
  const { numAffectedRows } = await sql`
    insert into regions (code, parent_code, level, name, time_zone, iso_code)
    select code, parent_code, level, name, time_zone, iso_code
    from jsonb_to_recordset(${JSON.stringify(regions)}::jsonb)
      as r (code text, parent_code text, level text, name text, time_zone text, iso_code text)
    order by code
    on conflict (code) do nothing`.execute(ctx.tx)
  return Number(numAffectedRows ?? 0)
}

async function readRegions(): Promise<Region[]> {
  const [provinces, regencies] = await Promise.all([readRows('provinces.csv'), readRows('regencies.csv')])
  return [
    ...provinces.map(([code, name]) => ({
      code,
      parent_code: null,
      level: 'province' as const,
      name,
      ...factsOf(code),
    })),
    ...regencies.map(([code, parent_code, name]) => ({
      code,
      parent_code,
      level: 'regency' as const,
      name,
      time_zone: factsOf(parent_code).time_zone,
      iso_code: null,
    })),
  ]
}

/** Neither file quotes a field; one that began to would be read wrongly, so it is refused. */
async function readRows(file: string): Promise<[string, string, string][]> {
  const text = await readFile(fileURLToPath(import.meta.resolve(`idn-area-data/data/${file}`)), 'utf8')
  if (text.includes('"')) throw new Error(`${file} of idn-area-data quotes its fields now; loadRegions must learn that`)
  const [, ...lines] = text.trim().split(/\r?\n/)
  return lines.map((line) => {
    const [first = '', second = '', third = ''] = line.split(',').map((field) => field.trim())
    return [first, second, third]
  })
}

function factsOf(province_code: string) {
  const facts = provinceFacts.get(province_code)
  if (!facts) throw new Error(`province ${province_code} has no time zone in regions/provinces.ts`)
  return facts
}
