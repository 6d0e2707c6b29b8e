import { expect, test } from 'vitest'
import { everybody, system, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import {
  changeRegionName,
  findRegion,
  holidayCalendar,
  listHolidays,
  listProvinces,
  listRegencies,
  loadHolidays,
  loadRegions,
  regionName,
  removeHoliday,
  saveHoliday,
} from './index.ts'

const database = useDatabase()
const administrator: StaffActor = {
  kind: 'staff',
  person_id: newId(),
  name: 'Contoh',
  language: 'id',
  roles: ['administrator'],
  desks: [],
  sees_all: true,
}
const agent: StaffActor = {
  ...administrator,
  roles: [],
  sees_all: false,
  desks: [{ id: newId(), name: 'Meja contoh', kind: 'province', role: 'coordinator', time_zone: 'Asia/Jakarta' }],
}

test(
  '38 provinces and 514 regencies and cities, each with its zone',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    expect(await loadRegions(ctx)).toBe(552)
    const provinces = await listProvinces(ctx)
    const regencies = await listRegencies(ctx)
    expect([provinces.length, regencies.length]).toEqual([38, 514])
    expect(provinces.at(0)).toEqual({ code: '11', name: 'Aceh', time_zone: 'Asia/Jakarta' })
    const papua = ['91', '92', '93', '94', '95', '96']
    expect(await Promise.all(papua.map(async (code) => (await listRegencies(ctx, code)).length))).toEqual([
      9, 7, 4, 8, 8, 6,
    ])
    expect(await findRegion(ctx, '96')).toMatchObject({
      name: 'Papua Barat Daya',
      iso_code: 'ID-PD',
      time_zone: 'Asia/Jayapura',
    })
    expect(await findRegion(ctx, '63.07')).toMatchObject({
      parent_code: '63',
      level: 'regency',
      time_zone: 'Asia/Makassar',
    })
    expect(
      new Set((await Promise.all(provinces.map((one) => findRegion(ctx, one.code)))).map((one) => one?.iso_code)).size,
    ).toBe(38)
  }),
)

test(
  '26 places are both a Kabupaten and a Kota: the name alone finds nothing',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await loadRegions(ctx)
    const names = (await listRegencies(ctx)).map((region) => region.name)
    expect(new Set(names).size).toBe(514)
    const regencies = new Set(
      names.filter((name) => name.startsWith('Kabupaten ')).map((name) => name.slice('Kabupaten '.length)),
    )
    const both = names.filter((name) => name.startsWith('Kota ') && regencies.has(name.slice('Kota '.length)))
    expect(both).toHaveLength(26)
    expect(both).toContain('Kota Bogor')
  }),
)

test(
  'a changed name survives the next start',
  database.story(async ({ as, facts }) => {
    await loadRegions(await as(system))
    await changeRegionName(await as(administrator), { code: '31', name: 'Daerah Khusus Jakarta' })
    const ctx = await as(system)
    expect(await loadRegions(ctx)).toBe(0)
    expect(await regionName(ctx, '31')).toBe('Daerah Khusus Jakarta')
    expect(await facts()).toEqual(['region.changed'])
  }),
)

test(
  'an unknown code is not found',
  database.story(async ({ as }) => {
    await expect(regionName(await as(everybody), '99')).rejects.toMatchObject({ kind: 'not_found' })
  }),
)

test(
  'the holidays of 2024 to 2026, with decrees',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    await loadHolidays(ctx)
    const count = async (year: number) => {
      const days = await listHolidays(ctx, year)
      return [
        days.filter((day) => day.kind === 'national').length,
        days.filter((day) => day.kind === 'cuti_bersama').length,
      ]
    }
    // 2024: the decree's 17 and two days of voting; 2025: 18 August was added to the ten
    expect([await count(2024), await count(2025), await count(2026)]).toEqual([
      [19, 10],
      [17, 11],
      [17, 8],
    ])
    expect((await listHolidays(ctx, 2025)).find((day) => day.date === '2025-08-18')).toMatchObject({
      kind: 'cuti_bersama',
      decree: expect.stringContaining('933') as string,
    })
    expect((await holidayCalendar(ctx, new Date('2026-02-13T00:00Z'))).get('2026-02-16')).toEqual({
      kind: 'cuti_bersama',
      name: 'Tahun Baru Imlek 2577 Kongzili',
    })
  }),
)

test(
  'what the secretariat changed or removed does not come back',
  database.story(async ({ as, facts }) => {
    await loadHolidays(await as(system))
    const ctx = await as(administrator)
    await saveHoliday(ctx, { date: '2026-12-24', kind: 'cuti_bersama', name: 'Natal (diubah)', decree: 'SKB contoh' })
    await saveHoliday(ctx, { date: '2026-12-31', kind: 'cuti_bersama', name: 'Akhir tahun', decree: 'SKB contoh' })
    await removeHoliday(ctx, { date: '2026-05-15', kind: 'cuti_bersama' })
    const later = await as(system)
    expect(await loadHolidays(later)).toBe(0)
    const days = await listHolidays(later, 2026)
    expect(days.find((day) => day.date === '2026-12-24')?.name).toBe('Natal (diubah)')
    expect(days.map((day) => day.date)).toContain('2026-12-31')
    expect(days.map((day) => day.date)).not.toContain('2026-05-15')
    expect(await facts()).toEqual(['holiday.changed', 'holiday.changed', 'holiday.changed'])
  }),
)

test(
  "only administrators and the secretariat's coordinators change holidays",
  database.story(async ({ as, facts }) => {
    const day = { date: '2027-01-01', kind: 'national' as const, name: 'Tahun Baru', decree: '' }
    await expect(saveHoliday(await as(agent), day)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(removeHoliday(await as(agent), day)).rejects.toMatchObject({ kind: 'forbidden' })
    await saveHoliday(await as({ ...agent, desks: [{ ...agent.desks[0]!, kind: 'secretariat' }] }), day)
    await expect(
      removeHoliday(await as(administrator), { date: '2027-01-02', kind: 'national' }),
    ).rejects.toMatchObject({ kind: 'not_found' })
    expect(await facts()).toEqual(['holiday.changed'])
  }),
)
