import { Readable } from 'node:stream'
import { setImmediate as nextTurn } from 'node:timers/promises'
import type { authenticate as Authenticating, AuthenticateResult } from 'mailauth'
import type { Dns } from '../../platform/dns.ts'
import { dkimFinding, dmarcFinding, spfFinding, type Finding } from './findings.ts'
import { forwarderResults, hostResults } from './host-results.ts'
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
  /** The forwarder that changed the mail, and whose word of who sent it is believed (ARC, RFC 8617). */
  forwarder?: string
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
  /** Domains of mailing lists and forwarders whose seal on a changed mail is believed. */
  forwarders: readonly string[]
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
const SEAL = /^arc-seal[ \t]*:/gim
/** Each costs a question of its own. */
const SEALS_MAX = 10
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
  const waiting = [...mails.entries()].filter(([, mail]) => isCheckable(mail, checks))
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

const isCheckable = (mail: CheckableMail, { trusted, forwarders }: Pick<SenderChecks, 'trusted' | 'forwarders'>) =>
  sendingHost(mail, trusted) !== null || countFields(mail.raw, SIGNATURE) > 0 || isSealed(mail.raw, forwarders)

function isSealed(raw: Uint8Array, forwarders: readonly string[]): boolean {
  if (forwarders.length === 0) return false
  const seals = countFields(raw, SEAL)
  return seals > 0 && seals <= SEALS_MAX
}

function countFields(raw: Uint8Array, field: RegExp): number {
  const bytes = Buffer.from(raw.buffer, raw.byteOffset, Math.min(raw.byteLength, HEADER_BYTES_EXAMINED))
  const end = bytes.indexOf('\r\n\r\n')
  return bytes.toString('latin1', 0, end < 0 ? bytes.length : end).match(field)?.length ?? 0
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
  { dns, trusted, name, forwarders }: SenderChecks,
  mail: CheckableMail,
): Promise<SenderCheck> {
  if (countFields(mail.raw, SIGNATURE) > SIGNATURES_MAX) return OVERSIGNED
  const host = sendingHost(mail, trusted)
  const result = await authenticate(Readable.from(inTurns(mail.raw)), {
    sender: mail.envelope_from ?? '',
    mta: name,
    ...(host ? { ip: host.ip, helo: host.greeting ?? host.ip } : {}),
    resolver: (domain, kind) => dns.resolve(domain, kind as 'TXT') as Promise<string[]>,
    disableArc: !isSealed(mail.raw, forwarders),
    disableBimi: true,
    rejectRsaSha1: true,
  })
  const found = findingsOf(result, host !== null)
  return found.dmarc === 'pass' ? found : (vouchedFor(mail.raw, result, forwarders) ?? found)
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
  const is_own = dkim?.results?.some(({ status }) => status.result === 'pass' && status.aligned && !status.underSized)
  return {
    spf: spf_found,
    // Where no policy says whose signature counts, somebody else's says nothing of this sender.
    dkim: known === 'none' && dkim_found === 'pass' && !is_own ? 'none' : dkim_found,
    dmarc: known === 'pass' || known === 'fail' ? (by_spf || by_dkim ? 'pass' : open ? 'unknown' : 'fail') : known,
    domain: dmarc.status.header?.from ?? null,
    policy: policy ?? null,
  }
}

/**
 * A list or a forwarder that changes a mail breaks its signature, and hands it in from a host of its own. Where its chain of seals holds, and from the newest
 * on every link is sealed by somebody whom the administrator named, that one's finding counts, if it says that the author's domain knows the mail.
 * A link below a seal that nobody named may have been made up.
 */
function vouchedFor(raw: Uint8Array, { arc }: Result, forwarders: readonly string[]): SenderCheck | null {
  if (!arc || arc.status.result !== 'pass' || isUndersized(arc.signature)) return null
  for (const link of (arc.chain ?? []).toReversed()) {
    const domain = String((link as Link)['arc-seal']?.parsed?.d?.value ?? '').toLowerCase()
    if (!forwarders.includes(domain)) return null
    const field = String((link as Link)['arc-authentication-results']?.original ?? '')
    const found = forwarderResults(raw, field.slice(field.indexOf(':') + 1))
    if (found.dmarc === 'pass') return { ...found, forwarder: domain }
  }
  return null
}

const isUndersized = (signature: unknown) =>
  Boolean((signature as { status?: { underSized?: number } } | undefined)?.status?.underSized)

type Authenticate = typeof Authenticating

/** What the library's types leave out. */
interface Link {
  'arc-seal'?: { parsed?: { d?: { value?: unknown } } }
  'arc-authentication-results'?: { original?: unknown }
}
type Result = AuthenticateResult & { dmarcSkipReason?: string }
interface Aligned {
  alignment?: { spf: { result?: string }; dkim: { result?: string; underSized?: number } }
  policy?: string
}
