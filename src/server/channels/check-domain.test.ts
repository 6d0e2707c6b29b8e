import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { read, system, type StaffActor } from '../platform/context.ts'
import { dnsOf, noDns } from '../platform/dns.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { anAdministrator } from '../people/testing.ts'
import { checkDomain, findUncheckedMail, seeReceiving, tryReceiving } from './index.ts'

const database = useDatabase({
  PANDU_ORIGIN: 'https://contoh.test',
  PANDU_MAIL_DOMAIN: 'contoh.test',
  PANDU_REPLY_DOMAIN: 'balas.contoh.test',
})
const administrator: StaffActor = {
  kind: 'staff',
  person_id: newId(),
  name: 'Admin Contoh',
  language: 'id',
  roles: ['administrator'],
  desks: [],
  sees_all: true,
}
const states = async (table: Record<string, unknown>, selector?: string) => {
  const app = { ...database.app(), dns: dnsOf(table) }
  const found = await checkDomain({ app, actor: administrator }, selector === undefined ? {} : { selector })
  return Object.fromEntries(found.map(({ what, state }) => [what, state]))
}

test('what the name system says of our domain is told as good, missing, doubtful or unknown', async () => {
  const good = {
    'MX contoh.test': [{ priority: 10, exchange: 'mx.contoh.test' }],
    'MX balas.contoh.test': [{ priority: 10, exchange: 'mx.contoh.test' }],
    'TXT contoh.test': [['google-site-verification=x'], ['v=spf1 mx ', '-all']],
    'TXT _dmarc.contoh.test': [['v=DMARC1; p=quarantine']],
    'TXT satu._domainkey.contoh.test': [[`v=DKIM1; p=${'A'.repeat(60)}`]],
  }
  expect(await states(good, 'satu')).toEqual({ mx: 'good', reply_mx: 'good', spf: 'good', dmarc: 'good', dkim: 'good' })
  expect(await states({ 'TXT contoh.test': [['v=spf1 +all']], 'TXT _dmarc.contoh.test': [['v=DMARC1']] })).toEqual({
    mx: 'missing',
    reply_mx: 'missing',
    spf: 'doubtful',
    dmarc: 'doubtful',
  })
  expect(await states({ 'TXT contoh.test': [['v=spf1 mx -all'], ['v=spf1 a -all']] })).toMatchObject({
    spf: 'doubtful',
  })
  const away = await checkDomain({ app: { ...database.app(), dns: noDns }, actor: administrator })
  expect(new Set(away.map(({ state }) => state))).toEqual(new Set(['unknown']))
})

test(
  'a mail to ourselves is followed until it has come back',
  database.story(async ({ as }) => {
    const setting = await as(system)
    const { id: person_id } = await anAdministrator(setting)
    const actor = { ...administrator, person_id }
    const id = await tryReceiving(await as(actor))
    expect(await seeReceiving(await as(actor), id)).toMatchObject({
      recipient: 'helpdesk@contoh.test',
      state: 'waiting',
      item: null,
    })
    const ctx = await as(system)
    const { rows } = await sql<{ mail_id: string }>`select mail_id from outbox where id = ${id}::uuid`.execute(ctx.tx)
    await sql`insert into intake_items (id, channel, size, sha256, fingerprint, message_id, recipients, outcome, reason, settled_at)
    values (${newId()}::uuid, 'email', 1, 'x', 'x', ${rows[0]!.mail_id}, '{helpdesk@contoh.test}', 'report', 'own_mail', now())`.execute(
      ctx.tx,
    )
    expect(await seeReceiving(await as(actor), id)).toMatchObject({ item: { outcome: 'report', reason: 'own_mail' } })
    expect(await seeReceiving(await as(actor), newId())).toBeNull()
  }),
)

test('where the sender of unsigned mail cannot be checked, it is told, until a host or a name is set', async () => {
  const app = database.app()
  const from = async (remote: string | null, authentication: object | null) =>
    sql`insert into intake_items (id, channel, size, sha256, fingerprint, remote, authentication)
      values (${newId()}::uuid, 'email', 1, 'a', 'a', ${remote}, ${authentication && JSON.stringify(authentication)}::jsonb)`.execute(
      app.worker,
    )
  await from('10.0.0.7', null)
  await from('10.0.0.7', null)
  await from('127.0.0.1', null)
  await from('203.0.113.9', { dmarc: 'pass' })
  await from(null, null)
  const told = (settings: object) =>
    read({ ...app, settings: { ...app.settings, ...settings } }, administrator, findUncheckedMail)
  const hosts = [{ host: '10.0.0.7', mails: 2 }]
  expect(await told({})).toEqual({ mailbox: false, hosts })
  expect(await told({ PANDU_IMAP_URL: 'imaps://a:b@c/INBOX' })).toEqual({ mailbox: true, hosts })
  expect(await told({ PANDU_TRUSTED_PROXIES: ['10.0.0.0/24'] })).toEqual({ mailbox: false, hosts: [] })
  expect(await told({ PANDU_IMAP_URL: 'imaps://a:b@c/INBOX', PANDU_MAIL_AUTHSERV_ID: 'mx.contoh.test' })).toEqual({
    mailbox: false,
    hosts: [],
  })
})
