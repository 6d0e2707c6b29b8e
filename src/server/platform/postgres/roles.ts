import type { Client } from 'pg'

/** Runs as superuser, at every start; does nothing when all is there. The owner gets the other roles, to hand tables to them. */
export async function makeRoles(client: Client): Promise<void> {
  const { rows } = await client.query<{ rolname: string }>(
    `select rolname from pg_roles where rolname like 'pandu\\_%' order by rolname`,
  )
  const there = new Set(rows.map((row) => row.rolname))
  const login = 'login nosuperuser nocreatedb nocreaterole nobypassrls noreplication'
  if (!there.has('pandu_owner')) await client.query(`create role pandu_owner ${login}`)
  if (!there.has('pandu_web')) await client.query(`create role pandu_web ${login}`)
  if (!there.has('pandu_worker')) await client.query(`create role pandu_worker ${login}`)
  // Owns the one function that searches for others (find_tickets).
  if (!there.has('pandu_search')) await client.query('create role pandu_search nologin')
  await client.query('grant pandu_web, pandu_worker, pandu_search to pandu_owner')
  for (const role of ['pandu_web', 'pandu_worker']) await client.query(limitsOf(role))
}

export async function makeDatabase(client: Client): Promise<void> {
  const { rowCount } = await client.query(`select from pg_database where datname = 'pandu'`)
  if (rowCount === 0) await client.query(`create database pandu owner pandu_owner encoding 'UTF8'`)
}

/** A page or a job that takes longer is a fault; an abandoned transaction must not keep rows locked. */
export const limitsOf = (role: string) =>
  `alter role ${role} set statement_timeout = '10s'; alter role ${role} set idle_in_transaction_session_timeout = '10s'`
