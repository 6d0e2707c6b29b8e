import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { through, type Language, type Role, type StaffActor } from '../platform/context.ts'
import { hashOf } from '../platform/secrets.ts'
import { isTokenShaped, noteTokenUse, type Scope } from '../people/index.ts'
import { seesAll, wasGiven, whereOneWorks, worksAt, type WorksAt } from './staff-actor.ts'

export interface TokenHolder {
  token_id: string
  person_id: string
  scopes: readonly Scope[]
  /** How many requests a minute, by all processes together. */
  per_minute_max: number
  /** Null for an account that works nowhere: it sees no people, so its token sees nothing. */
  actor: StaffActor | null
}

interface Row {
  token_id: string
  person_id: string
  name: string
  language: Language
  scopes: Scope[]
  as_administrator: boolean
  desk_id: string | null
  per_minute_max: number
  is_service: boolean
  /** The one desk that it may see of what its account sees. */
  only: StaffActor['desks'][number] | null
  unnoted: boolean
  roles: Role[]
  works_at: WorksAt
  granted: boolean
}

/**
 * Who acts with this token: its account with roles and desks; a token of every scope acts as administrator; a service account sees
 * every ticket. Null for an unknown, expired or revoked token and for one of a disabled account, all alike. One statement by the door link.
 */
export async function tokenActor(app: App, token: string): Promise<TokenHolder | null> {
  if (!isTokenShaped(token)) return null
  const { rows } =
    await sql<Row>`select t.id as token_id, t.person_id, p.name, p.language, t.scopes, t.as_administrator, t.per_minute_max,
      s.person_id is not null as is_service,
      (select jsonb_build_object('id', d.id, 'name', d.name, 'kind', d.kind, 'role', 'agent', 'time_zone', d.time_zone)
        from desks d where d.id = t.desk_id) as only, t.desk_id,
      t.last_used_at is null or t.last_used_at < now() - interval '1 minute' as unnoted,
      array(select role from roles where person_id = t.person_id order by role) as roles,
      ${worksAt(sql`t.person_id`)} as works_at,
      ${wasGiven(sql`t.person_id`)} as granted
    from api_tokens t join people p on p.id = t.person_id
    left join service_accounts s on s.person_id = t.person_id left join accounts a on a.person_id = t.person_id
    where t.token_hash = ${hashOf(token)} and t.revoked_at is null and t.expires_at > now()
      and (s.person_id is not null or (a.person_id is not null and a.disabled_at is null))`.execute(
      through(app, 'link'),
    )
  const row = rows[0]
  if (!row) return null
  if (row.unnoted) await noteTokenUse(app, row.token_id)
  const { token_id, person_id, scopes, per_minute_max } = row
  return { token_id, person_id, scopes, per_minute_max, actor: toActor(row) }
}

function toActor({
  person_id,
  name,
  language,
  as_administrator,
  is_service,
  desk_id,
  only,
  ...row
}: Row): StaffActor | null {
  const { desks, providers } = whereOneWorks(row.works_at)
  if (desk_id !== null) {
    const whole = is_service || seesAll(row.roles, desks)
    // The account left the desk, or sees less than before: so does the token.
    if (!only || only.kind === 'provider' || !(whole || desks.some(({ id }) => id === desk_id))) return null
    return { kind: 'staff', person_id, name, language, roles: [], desks: [only], sees_all: seesAll([], [only]) }
  }
  const roles: Role[] = as_administrator ? ['administrator'] : row.roles
  if (roles.length === 0 && row.works_at.length === 0 && !is_service && !row.granted) return null
  return {
    kind: 'staff',
    person_id,
    name,
    language,
    roles,
    desks,
    providers,
    sees_all: is_service || seesAll(roles, desks),
  }
}
