/**
 * What row-level security costs: the same reads on the same rows, once as the web's role behind its policies, once as a role that goes around
 * them and meets the ticket's rule as an ordinary condition (a view that PostgreSQL writes into the statement). In turns, so that whatever
 * else the machine does hits both; told as a ratio. Search goes through find_tickets() in both, which asks no policy.
 */
import pg from 'pg'
import type { App } from '../src/server/platform/app.ts'
import { openDatabase, openPool } from '../src/server/platform/database.ts'
import { reachRunningPostgres } from '../src/server/platform/postgres/reach-running.ts'
import { readOnce } from './read-bench.ts'
import { reads, rounded, type Result, type Size } from './result.ts'
import type { Seeded } from './seed.ts'
import { withRunningApp } from './site.ts'

const WARM_UP = 12
const TURNS = 60

export async function measureWall(
  data: string,
  size: Size,
  seeded: Seeded,
  result: Result,
  say: (line: string) => void,
): Promise<void> {
  const access = await reachRunningPostgres(data)
  const superuser = new pg.Client({ ...access.connection('owner'), user: 'postgres' })
  await superuser.connect()
  try {
    await superuser.query(UNWALLED)
    await withRunningApp(data, async (walled) => {
      const web_pool = openPool(
        { ...access.connection('owner'), user: 'pandu_unwalled' },
        { max: 2, log: walled.log, name: 'bench' },
      )
      const open: App = { ...walled, web_pool, web: openDatabase(web_pool) }
      try {
        for (const one of reads)
          for (const who of ['agent', 'provider'] as const) {
            const asked = (app: App, turn: number) => readOnce(app, seeded[who], seeded.numbers[who], one, turn)
            const [behind, without] = await inTurns(
              (turn) => asked(walled, turn),
              (turn) => asked(open, turn),
            )
            const ratio = behind / without
            ;(((result.wall ??= {})[size] ??= {})[one] ??= {})[who] = rounded(ratio, 2)
            say(`wall ${size.padEnd(5)} ${one.padEnd(14)} ${who.padEnd(9)} behind ${behind.toFixed(2).padStart(8)} ms   without ${without.toFixed(2).padStart(8)} ms   × ${ratio.toFixed(2)}`) // prettier-ignore
          }
      } finally {
        await web_pool.end()
      }
    })
  } finally {
    await superuser.query(GONE)
    await superuser.end()
  }
}

/** The medians of two works that take turns, each first every other time; in ms. */
async function inTurns(one: (turn: number) => Promise<void>, other: (turn: number) => Promise<void>) {
  const times: [number[], number[]] = [[], []]
  for (let turn = 0; turn < WARM_UP + TURNS; turn++)
    for (const which of turn % 2 === 0 ? ([0, 1] as const) : ([1, 0] as const)) {
      const begun = performance.now()
      await (which === 0 ? one : other)(turn)
      if (turn >= WARM_UP) times[which].push(performance.now() - begun)
    }
  const median = (list: number[]) => list.toSorted((a, b) => a - b)[list.length >> 1]!
  return [median(times[0]), median(times[1])] as const
}

const GONE = `drop schema if exists unwalled cascade;
  do $$ begin if exists (select from pg_roles where rolname = 'pandu_unwalled') then drop owned by pandu_unwalled; drop role pandu_unwalled; end if; end $$`

const UNWALLED = `${GONE};
  create role pandu_unwalled login bypassrls in role pandu_web;
  create schema unwalled;
  create view unwalled.tickets as select * from public.tickets where actor_sees_all()
    or holder_desk_id = any ((select actor_desks())::uuid[])
    or exists (select from public.ticket_desks d where d.ticket_id = tickets.id and d.desk_id = any ((select actor_desks())::uuid[]))
    or exists (select from public.grants g where g.person_id = (select actor_person()) and g.ticket_id = tickets.id
      and g.revoked_at is null and (g.until is null or g.until > now()));
  grant usage on schema unwalled to pandu_unwalled;
  grant select on unwalled.tickets to pandu_unwalled;
  alter role pandu_unwalled set search_path = unwalled, public`
