import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../platform/app.ts'
import { codeOf } from '../platform/database.ts'
import { newId } from '../platform/ids.ts'
import { dropLease, takeLease } from '../platform/leases.ts'
import {
  forgetMarks,
  MailboxFault,
  mailboxName,
  noteMailbox,
  openMailbox,
  passOver,
  PlaceLost,
  placeInMailbox,
  readEnvelope,
  readMailboxUrl,
  takeFromMailbox,
  unmarkedMails,
  type MailboxAddress,
  type MailboxPlace,
  type OpenMailbox,
} from '../channels/index.ts'
import { isOurs } from './is-ours.ts'

export interface MailboxWatch {
  stop(): Promise<void>
}

/** Besides waiting to be told: some servers cannot tell, and a dead connection is noticed by asking. */
const LOOK_MS = 60_000
const LEASE_SECONDS = 60
const EXTEND_MS = 15_000
/** So long before the lease ends we stop, if it could not be extended. */
const LEASE_MARGIN_MS = 10_000
const LEASE_WAIT_MS = 5_000
const DATABASE_WAIT_MS = 1_000
const STOP_MS = 3_000
const BACK_OFF_MS = [1_000, 2_000, 5_000, 15_000, 30_000, 60_000, 120_000, 300_000]
const MARKS_AT_ONCE = 100
const SIZES_AT_ONCE = 100
const FETCH_TRIES = 3
/** As for SMTP; what is larger stays in the mailbox, flagged. */
const SIZE_MAX = 26_214_400

/** What is done to a mail once it is taken. */
type After = { flag: string } | { folder: string }

/**
 * Empties the mailbox of `PANDU_IMAP_URL`: at once when the server says that something came (IDLE), else each minute. One process of
 * all, by lease. Null when there is none set. Never rejects afterwards: faults are noted in the mailbox's row and tried again.
 */
export function watchMailbox(app: App): MailboxWatch | null {
  if (!app.settings.PANDU_IMAP_URL) return null
  const address = readMailboxUrl(app.settings.PANDU_IMAP_URL)
  const stopping = new AbortController()
  const running = keepWatching(app, address, stopping.signal)
  return {
    async stop() {
      stopping.abort()
      // A server that does not answer must not hold up the end: whatever is not committed lies in the mailbox.
      await Promise.race([running, sleep(STOP_MS, undefined, { ref: false })])
    },
  }
}

async function keepWatching(app: App, address: MailboxAddress, signal: AbortSignal): Promise<void> {
  const name = mailboxName(address)
  const lease = { name: `mailbox ${name}`, holder: newId() }
  const pause = (ms: number) => sleep(ms, undefined, { signal }).catch(() => undefined)
  let failures = 0
  while (!signal.aborted) {
    try {
      if (!app.available()) await pause(DATABASE_WAIT_MS)
      else if (!(await takeLease(app, lease.name, lease.holder, LEASE_SECONDS))) await pause(LEASE_WAIT_MS)
      else await empty(app, address, lease, signal, () => (failures = 0))
    } catch (error) {
      if (!(error instanceof MailboxFault)) {
        // The database, or another process that is at it: the mailbox has no part in it.
        if (!(error instanceof PlaceLost)) app.log.warn({ code: codeOf(error) }, 'the mailbox waits for the database')
        await pause(DATABASE_WAIT_MS)
        continue
      }
      if (signal.aborted) break
      app.log.warn({ kind: error.kind, code: error.code }, 'the mailbox cannot be emptied and is tried again')
      await noteMailbox(app, name, error.kind).catch(() => undefined)
      await pause(BACK_OFF_MS[Math.min(failures++, BACK_OFF_MS.length - 1)]!)
    }
  }
  await dropLease(app, lease.name, lease.holder).catch(() => undefined)
}

async function empty(
  app: App,
  address: MailboxAddress,
  lease: { name: string; holder: string },
  signal: AbortSignal,
  onOpen: () => void,
): Promise<void> {
  let held_until = performance.now() + LEASE_SECONDS * 1000 - LEASE_MARGIN_MS
  const box = await openMailbox(address)
  const extend = async () => {
    const asked_at = performance.now()
    if (await takeLease(app, lease.name, lease.holder, LEASE_SECONDS))
      held_until = asked_at + LEASE_SECONDS * 1000 - LEASE_MARGIN_MS
  }
  const extending = setInterval(() => void extend().catch(() => undefined), EXTEND_MS)
  const end = () => void box.close()
  signal.addEventListener('abort', end)
  const mayGoOn = () => !signal.aborted && app.available() && performance.now() < held_until
  try {
    while (mayGoOn()) {
      await round(app, address, box, mayGoOn)
      onOpen()
      await noteMailbox(app, mailboxName(address), null)
      if (mayGoOn()) await box.wait(LOOK_MS)
    }
  } finally {
    signal.removeEventListener('abort', end)
    clearInterval(extending)
    await box.close()
  }
}

/** Everything new, then what is to be marked; what a process that died had taken and not marked is marked first. */
async function round(app: App, address: MailboxAddress, box: OpenMailbox, mayGoOn: () => boolean): Promise<void> {
  const { uid_validity, uid_next } = await box.look()
  const place = await placeInMailbox(app, { name: mailboxName(address), uid_validity, uid_next })
  await markTaken(app, box, place)
  const uids = await box.above(place.last_uid)
  for (let at = 0; at < uids.length && mayGoOn(); at += SIZES_AT_ONCE) {
    const some = uids.slice(at, at + SIZES_AT_ONCE)
    const sizes = await box.sizes(some)
    for (const uid of some) {
      if (!mayGoOn()) return
      const size = sizes.get(uid)
      await (size === undefined ? passOver(app, place, uid) : takeOne(app, box, place, uid, size))
    }
    await markTaken(app, box, place)
    app.poke('email')
  }
}

async function takeOne(app: App, box: OpenMailbox, place: MailboxPlace, uid: number, size: number): Promise<void> {
  const too_large = size > SIZE_MAX
  const raw = await insist(() => (too_large ? box.header(uid) : box.fetch(uid)))
  if (!raw && !(await box.sizes([uid])).has(uid)) return void (await passOver(app, place, uid))
  const { envelope_from, delivered, written } = readEnvelope(raw ?? Buffer.alloc(0))
  await takeFromMailbox(app, place, {
    uid,
    raw: raw ?? Buffer.alloc(0),
    recipients: await ourRecipients(app, delivered, written),
    envelope_from,
    ...(raw ? (too_large ? { held: 'too_large' } : {}) : { held: 'not_given' }),
  })
}

/** A server that refuses one mail again and again must not hold up all others behind it. */
async function insist(fetch: () => Promise<Buffer | null>): Promise<Buffer | null> {
  for (let count = 1; count <= FETCH_TRIES; count++) {
    const raw = await fetch().catch((error: unknown) => {
      if (error instanceof MailboxFault && error.kind === 'refused') return null
      throw error
    })
    if (raw) return raw
  }
  return null
}

/** Which of our addresses it was for: what the mail host says, else what the sender wrote, else the help desk's. */
async function ourRecipients(app: App, delivered: readonly string[], written: readonly string[]): Promise<string[]> {
  const ours: string[] = []
  for (const address of [...delivered, ...written])
    if (!ours.includes(address) && /^(ours|reply)$/.test(await isOurs(app, address))) ours.push(address)
  return ours.length > 0 ? ours : [`helpdesk@${app.settings.PANDU_MAIL_DOMAIN}`]
}

async function markTaken(app: App, box: OpenMailbox, place: MailboxPlace): Promise<void> {
  const after = readAfter(app.settings.PANDU_IMAP_AFTER)
  for (;;) {
    const marks = await unmarkedMails(app, place, MARKS_AT_ONCE)
    const large = marks.filter((mark) => mark.too_large).map(({ uid }) => uid)
    const whole = marks.filter((mark) => !mark.too_large).map(({ uid }) => uid)
    const flagged = large.length === 0 || (await box.flag(large, '\\Flagged'))
    const done =
      whole.length === 0 || (await ('flag' in after ? box.flag(whole, after.flag) : box.move(whole, after.folder)))
    await forgetMarks(app, place, [...(flagged ? large : []), ...(done ? whole : [])])
    if (!flagged || !done) {
      // They stand in the ledger and are not taken again; the desk sees how many wait.
      app.log.warn(
        { mails: marks.length },
        'the mail server did not mark or move mails that were taken; it is asked again',
      )
      return
    }
    if (marks.length < MARKS_AT_ONCE) return
  }
}

const readAfter = (text: string): After =>
  text.startsWith('move:')
    ? { folder: text.slice('move:'.length) }
    : { flag: text === 'flagged' ? '\\Flagged' : '\\Seen' }
