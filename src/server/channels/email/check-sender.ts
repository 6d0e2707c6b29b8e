import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { authenticate as Authenticating, AuthenticateResult } from 'mailauth'
import type { Dns } from '../../platform/dns.ts'
import { dkimFinding, dmarcFinding, spfFinding, type Finding } from './findings.ts'
import { hostResults } from './host-results.ts'
import { sendingHost } from './sending-host.ts'

/** What can be known of who sent a mail. */
export interface SenderCheck {
  /** May this host send for the domain of the envelope (RFC 7208)? */
  spf: Finding
  /** Did a domain sign the mail, and does the signature hold (RFC 6376)? */
  dkim: Finding
  /** Does one of both hold for the domain of From, as that domain wants it (RFC 9989)? */
  dmarc: Finding
  /** The domain of From that was checked; null where none or several stand there. */
  domain: string | null
  /** What the domain asks of those who get mail in its name: none, quarantine, reject. */
  policy: string | null
}

export interface CheckableMail {
  raw: Uint8Array
  remote: string | null
  greeting: string | null
  envelope_from: string | null
}

export interface SenderChecks {
  dns: Dns
  /** Mail servers of our own in front of us: their Received line is believed. */
  trusted: readonly string[]
  /** In whose name the host of our mailbox writes what it found out (host-results.ts); null: nobody's is believed. */
  authserv_id: string | null
  /** How we call ourselves. */
  name: string
  /** One mail. */
  mail_ms?: number
  /** All of them together: checking must not slow what comes in. */
  total_ms?: number
}

const AT_ONCE_MAX = 16
const CHUNK_BYTES = 65_536
const HEADER_BYTES_EXAMINED = 2 * 1024 * 1024
const SIGNATURE = /^(?:dkim-signature)[ \t]*:/gim
/** Each costs a pass over the body and a question of its own; a mail with more is nobody's word (RFC 6376 6.1 lets us end there). */
const SIGNATURES_MAX = 20

/**
 * Checks who sent these mails, some at a time; answers in the order given, null where there is nothing to check (no host outside is known,
 * nothing is signed, and no host is named whose findings are believed). Whatever is not found out in time is `unknown`. Never rejects.
 */
export async function checkSenders(
  { mail_ms = 4_000, total_ms = 6_000, ...checks }: SenderChecks,
  mails: readonly CheckableMail[],
): Promise<(SenderCheck | null)[]> {
  const found: (SenderCheck | null)[] = mails.map(() => null)
  const waiting = [...mails.entries()].filter(([, mail]) => isCheckable(mail, checks.trusted))
  if (waiting.length === 0) return withHostResults(checks, mails, found)
  // Loaded with the first mail that needs it, and not from that mail's time: on a busy machine it takes seconds.
  const { authenticate } = await import('mailauth')
  const until = performance.now() + total_ms
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      const [index, mail] = next
      const left = Math.min(mail_ms, until - performance.now())
      found[index] = left <= 0 ? UNKNOWN : await within(left, () => checkSender(authenticate, checks, mail))
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE_MAX }, work))
  return withHostResults(checks, mails, found)
}

/**
 * Where no host outside is known, a signature of the author's domain is all that we can check ourselves: of other mails the mailbox's own
 * host knows more. One on which it wrote nothing proves nothing.
 */
function withHostResults(
  { authserv_id, trusted }: Pick<SenderChecks, 'authserv_id' | 'trusted'>,
  mails: readonly CheckableMail[],
  found: readonly (SenderCheck | null)[],
): (SenderCheck | null)[] {
  if (authserv_id === null) return [...found]
  return mails.map((mail, index) => {
    const own = found[index] ?? null
    if (own?.dmarc === 'pass' || own?.dmarc === 'fail' || sendingHost(mail, trusted)) return own
    return hostResults(mail.raw, authserv_id) ?? own ?? UNKNOWN
  })
}

export const UNKNOWN: SenderCheck = { spf: 'unknown', dkim: 'unknown', dmarc: 'unknown', domain: null, policy: null }

const OVERSIGNED: SenderCheck = { spf: 'unknown', dkim: 'fail', dmarc: 'fail', domain: null, policy: null }

const isCheckable = (mail: CheckableMail, trusted: readonly string[]) =>
  sendingHost(mail, trusted) !== null || countSignatures(mail.raw) > 0

function countSignatures(raw: Uint8Array): number {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, HEADER_BYTES_EXAMINED))
  const end = bytes.indexOf('\r\n\r\n')
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end).match(SIGNATURE)?.length ?? 0
}

/** Late is unknown, and so is whatever the library fails on: a mail that breaks the check proves nothing about its sender. */
async function within(ms: number, work: () => Promise<SenderCheck>): Promise<SenderCheck> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<SenderCheck>((resolve) => (timer = setTimeout(() => resolve(UNKNOWN), ms)))
  try {
    return await Promise.race([work().catch(() => UNKNOWN), late])
  } finally {
    clearTimeout(timer)
  }
}

async function checkSender(
  authenticate: Authenticate,
  { dns, trusted, name }: SenderChecks,
  mail: CheckableMail,
): Promise<SenderCheck> {
  if (countSignatures(mail.raw) > SIGNATURES_MAX) return OVERSIGNED
  const host = sendingHost(mail, trusted)
  const result = await authenticate(Readable.from(inTurns(mail.raw)), {
    sender: mail.envelope_from ?? '',
    mta: name,
    ...(host ? { ip: host.ip, helo: host.greeting ?? host.ip } : {}),
    resolver: (domain, kind) => dns.resolve(domain, kind as 'TXT') as Promise<string[]>,
    disableArc: true,
    disableBimi: true,
    rejectRsaSha1: true,
  })
  return findingsOf(result, host !== null)
}

/** A large mail is read in pieces, and others get their turn between them. */
async function* inTurns(raw: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < raw.byteLength; at += CHUNK_BYTES) {
    yield raw.subarray(at, at + CHUNK_BYTES)
    await nextTurn()
  }
}

function findingsOf({ dkim, spf, dmarc, dmarcSkipReason }: Result, host_known: boolean): SenderCheck {
  const spf_found: Finding = !host_known || !spf ? 'unknown' : spfFinding(spf.status.result)
  const signatures = (dkim?.results ?? []).map(({ status }) =>
    status.underSized ? 'fail' : dkimFinding(status.result),
  )
  const dkim_found = (['pass', 'unknown', 'fail'] as const).find((one) => signatures.includes(one)) ?? 'none'
  // Two authors in one mail: which of them a program shows is anybody's guess, so it is nobody's word.
  if (!dmarc)
    return { spf: spf_found, dkim: dkim_found, dmarc: dmarcSkipReason ? 'fail' : 'unknown', domain: null, policy: null }
  const { alignment, policy } = dmarc as Aligned
  const by_spf = spf_found === 'pass' && Boolean(alignment?.spf.result)
  const by_dkim = Boolean(alignment?.dkim.result) && !alignment?.dkim.underSized
  const open = spf_found === 'unknown' || signatures.includes('unknown')
  const known = dmarcFinding(dmarc.status.result)
  return {
    spf: spf_found,
    dkim: dkim_found,
    dmarc: known === 'pass' || known === 'fail' ? (by_spf || by_dkim ? 'pass' : open ? 'unknown' : 'fail') : known,
    domain: dmarc.status.header?.from ?? null,
    policy: policy ?? null,
  }
}

type Authenticate = typeof Authenticating

/** What the library's types leave out. */
type Result = AuthenticateResult & { dmarcSkipReason?: string }
interface Aligned {
  alignment?: { spf: { result?: string }; dkim: { result?: string; underSized?: number } }
  policy?: string
}
