import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { enter, type Reading, type StaffActor, type Writing } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { record } from '../platform/journal.ts'
import { refuse } from '../platform/refusal.ts'
import { randomToken } from '../platform/secrets.ts'
import { readBound, useBound } from './browser-bound.ts'
import { acceptInvitation } from './invite-staff.ts'
import { findLink } from './one-time-links.ts'
import { openSessionFor, type Entry } from './open-session-for.ts'
import type { Identity } from './provider-library.ts'
import { mustHaveSignedInRecently } from '../platform/recent-sign-in.ts'
import { endOtherSessions } from './sessions.ts'
import { proofsOf, type Unconfirmed } from './sign-in-with-provider.ts'
import type { Visit } from './visit.ts'
import { ownerOf, type WayChanged } from './way-mails.ts'

export interface ProviderLink {
  id: string
  /** The provider's name now; its issuer where it was removed. */
  provider: string
  /** How the account was named there when it was linked. */
  label: string
  linked_at: Date
  used_at: Date | null
  /** Whether one can sign in by it now. */
  is_on: boolean
}

const LINKS_MAX = 20

/** A person's accounts at providers, by name, at most 20. Door sign_in. */
export async function listProviderLinks(ctx: Reading, person_id: string): Promise<ProviderLink[]> {
  const { rows } =
    await sql<ProviderLink>`select l.id, coalesce(p.name, l.issuer) as provider, l.label, l.linked_at, l.used_at,
      p.enabled_at is not null as is_on
    from provider_links l left join sign_in_providers p on p.issuer = l.issuer
    where l.person_id = ${person_id}::uuid order by lower(coalesce(p.name, l.issuer)), l.id limit ${LINKS_MAX}::int`.execute(
      ctx.db,
    )
  return rows
}

/** What this browser brought back from a provider and has not confirmed yet; null for nothing, or too late. */
export const unconfirmedOf = (app: App, cookie: string | undefined): Unconfirmed | null =>
  readBound(app, 'confirm', cookie) as Unconfirmed | null

/** Who is invited, for the page that confirms; null when the invitation opens no more. Door sign_in. */
export const invitedName = async (ctx: Reading, token: string): Promise<string | null> =>
  (await findLink(ctx, { purpose: 'invite', token }))?.name ?? null

/**
 * Links the account that this browser brought back from a provider with the actor's own, after they said that it is theirs. All their
 * other sessions end; `tell` queues the mail in the same transaction. Opens its own transaction (door sign_in). Refuses unauthenticated
 * `sign_in_again`, `provider.lost`; conflict `provider.linked` when either is linked already. Records `account.provider_linked`.
 */
export async function linkProvider(
  app: App,
  actor: StaffActor,
  input: { cookie: string | undefined; session_id: string },
  tell: (ctx: Writing, changed: WayChanged) => Promise<unknown>,
): Promise<void> {
  await enter(app, 'sign_in', async (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    const found = await useBound<Unconfirmed>(ctx, 'confirm', input.cookie)
    const { person_id } = actor
    if (found?.errand.to !== 'link' || found.errand.person_id !== person_id)
      return refuse('unauthenticated', 'provider.lost')
    await addLink(ctx, person_id, found.identity)
    await record(ctx, 'account.provider_linked', { about: { person_id, provider_id: found.provider_id } })
    await endOtherSessions(ctx, { person_id, kept_id: input.session_id })
    await tell(ctx, { ...(await ownerOf(ctx, person_id)), what: 'provider_linked', name: found.provider_name })
  })
}

/**
 * Takes one's own link away, at once for every new sign-in; all other sessions end, because one of them may have come by it. Door
 * sign_in. Refuses not_found `provider.link`, unauthenticated `sign_in_again`. Records `account.provider_unlinked`.
 */
export async function unlinkProvider(
  app: App,
  actor: StaffActor,
  input: { id: string; session_id: string },
  tell: (ctx: Writing, changed: WayChanged) => Promise<unknown>,
): Promise<void> {
  await enter(app, 'sign_in', async (ctx) => {
    mustHaveSignedInRecently({ actor, now: ctx.now })
    const { person_id } = actor
    const name = (await listProviderLinks(ctx, person_id)).find(({ id }) => id === input.id)?.provider
    if (name === undefined) return refuse('not_found', 'provider.link')
    await sql`delete from provider_links where id = ${input.id}::uuid and person_id = ${person_id}::uuid`.execute(
      ctx.tx,
    )
    await record(ctx, 'account.provider_unlinked', { about: { person_id } })
    await endOtherSessions(ctx, { person_id, kept_id: input.session_id })
    await tell(ctx, { ...(await ownerOf(ctx, person_id)), what: 'provider_unlinked', name })
  })
}

/**
 * Accepts an invitation with the account that this browser brought back from a provider: account, link and session in one transaction.
 * The account has a password that nobody knows; who wants one chooses it by "forgotten your password?". Refuses unauthenticated
 * `provider.lost`, not_found `link`, conflict `provider.linked`. Records `account.set_up`, `account.provider_linked`.
 */
export async function acceptByProvider(app: App, input: { cookie: string | undefined; visit: Visit }): Promise<Entry> {
  const entry = await enter(app, 'sign_in', async (ctx) => {
    const found = await useBound<Unconfirmed>(ctx, 'confirm', input.cookie)
    if (found?.errand.to !== 'accept') return refuse('unauthenticated', 'provider.lost')
    const { person_id } = await acceptInvitation(ctx, {
      token: found.errand.token,
      password: randomToken() + randomToken(),
    })
    await sql`update accounts set by_provider_since = ${ctx.now}::timestamptz where person_id = ${person_id}::uuid`.execute(
      ctx.tx,
    )
    await addLink(ctx, person_id, found.identity)
    await record(ctx, 'account.provider_linked', { about: { person_id, provider_id: found.provider_id } })
    return openSessionFor(ctx, {
      person_id,
      proofs: proofsOf(found.identity),
      visit: input.visit,
      provider: found.identity,
    })
  })
  return entry ?? refuse('not_found', 'link')
}

async function addLink(ctx: Writing, person_id: string, { issuer, subject, label }: Identity): Promise<void> {
  const { rows } = await sql`insert into provider_links (id, issuer, subject, person_id, label, linked_at)
    values (${newId()}::uuid, ${issuer}, ${subject}, ${person_id}::uuid, ${label}, ${ctx.now}::timestamptz)
    on conflict do nothing returning id`.execute(ctx.tx)
  if (rows.length === 0) refuse('conflict', 'provider.linked')
}
