import { expect, test } from 'vitest'
import { sql } from 'kysely'
import { system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { findSolved } from './find-solved.ts'
import { aTicket } from './testing.ts'

const database = useDatabase()

test(
  'cases that may not be shown take no place of one that may, and the best comes first',
  database.story(async ({ as }) => {
    const ctx = await as(system)
    const solve = async (problem: string, language: 'id' | 'en' = 'id') => {
      const { id } = await aTicket(ctx, { language })
      await sql`insert into resolutions (ticket_id, id, problem, steps, confirmed_at)
        values (${id}::uuid, gen_random_uuid(), ${problem}, 'cabut dan pasang lagi kabelnya', now())`.execute(ctx.tx)
      return id
    }
    const best = await solve('pencetak mati')
    const other = await solve('gagal mencetak surat')
    for (let count = 0; count < 2; count++) await solve('pencetak mati', 'en')
    const found = async (more: { ranked_max?: number } = {}) =>
      (await findSolved(ctx, { query: 'pencetak', language: 'id', ...more })).map(({ ticket_id }) => ticket_id)
    expect(await found()).toEqual([best, other])
    // The newest two may not be shown: they are none of those that are looked at.
    expect(await found({ ranked_max: 1 })).toEqual([other])
  }),
)
