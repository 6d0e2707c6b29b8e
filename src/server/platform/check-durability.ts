import type { ClientBase } from 'pg'

/** PostgreSQL loses what it confirmed, or its files, at a power cut. */
export class NotDurable extends Error {
  constructor(names: string, role: string) {
    super(
      `PostgreSQL runs with ${names} off (for the role ${role}): a power cut would lose requests that were confirmed. ` +
        `Set it to on in the server's configuration and for its roles (alter system, alter role … reset), then start again`,
    )
    this.name = 'NotDurable'
  }
}

/**
 * Refuses a connection whose commits could be lost at a power cut: throws {@link NotDurable}. Give it to every pool as
 * `onConnect`: pg-pool waits for it before the first use of a connection, and fails the caller. It must be asked on every
 * connection because synchronous_commit can be set per role, database and session.
 */
export async function checkDurability(client: ClientBase): Promise<void> {
  const { rows } = await client.query<{ names: string | null; role: string }>(
    `select string_agg(name, ', ' order by name) as names, current_user as role
       from pg_settings
      where name in ('fsync', 'full_page_writes', 'synchronous_commit') and setting = 'off'`,
  )
  const off = rows[0]
  if (off?.names) throw new NotDurable(off.names, off.role)
}
