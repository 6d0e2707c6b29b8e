import { mustAdminister } from '../people/index.ts'
import type { Reading } from '../platform/context.ts'
import type { Dns, RecordKind } from '../platform/dns.ts'

export interface DomainFinding {
  what: 'mx' | 'reply_mx' | 'spf' | 'dmarc' | 'dkim'
  /** missing: there is no such record; doubtful: there is one that will not do; unknown: no name server answered in time. */
  state: 'good' | 'missing' | 'doubtful' | 'unknown'
  /** The name that was asked for, and what it holds. */
  name: string
  found: string[]
}

/**
 * What the name system says of our mail domain, for whoever sets it up: where mails to it and to the reply domain go (MX), who may send in
 * its name (SPF, RFC 7208), what others do with forged mail (DMARC, RFC 7489), and, where `selector` names it, the key with which the relay
 * signs (DKIM, RFC 6376). Administrators only. Asks outside, so not inside a transaction that somebody waits for.
 */
export async function checkDomain(
  { app, actor }: Pick<Reading, 'app' | 'actor'>,
  question: { selector?: string } = {},
): Promise<DomainFinding[]> {
  mustAdminister(actor)
  const { PANDU_MAIL_DOMAIN: domain, PANDU_REPLY_DOMAIN: replies } = app.settings
  const selector = /^[A-Za-z0-9._-]{1,63}$/.test(question.selector ?? '') ? question.selector : undefined
  return Promise.all([
    look(app.dns, 'mx', domain, 'MX', (found) => found.length > 0),
    look(app.dns, 'reply_mx', replies, 'MX', (found) => found.length > 0),
    // More than one SPF record counts as none; "+all" lets everybody send in our name.
    look(
      app.dns,
      'spf',
      domain,
      'TXT',
      (found) => found.length === 1 && !/[\s+]all\b/.test(found[0]!.replace(/[-~?]all/g, '')),
      /^v=spf1(\s|$)/i,
    ),
    look(
      app.dns,
      'dmarc',
      `_dmarc.${domain}`,
      'TXT',
      (found) => found.length === 1 && /;\s*p=(quarantine|reject|none)\b/i.test(found[0]!),
      /^v=DMARC1\b/i,
    ),
    ...(selector === undefined
      ? []
      : [
          look(
            app.dns,
            'dkim',
            `${selector}._domainkey.${domain}`,
            'TXT',
            (found) => found.some((text) => /p=[A-Za-z0-9+/]{40}/.test(text.replace(/\s/g, ''))),
            /p=/,
          ),
        ]),
  ])
}

async function look(
  dns: Dns,
  what: DomainFinding['what'],
  name: string,
  kind: RecordKind,
  isGood: (found: string[]) => boolean,
  wanted = /./,
): Promise<DomainFinding> {
  try {
    const found = textsOf(await dns.resolve(name, kind))
      .filter((text) => wanted.test(text))
      .slice(0, 10)
    return { what, name, found, state: found.length === 0 ? 'missing' : isGood(found) ? 'good' : 'doubtful' }
  } catch (error) {
    // Every other fault says only that nobody knows (platform/dns.ts).
    const none = /^(ENOTFOUND|ENODATA)$/.test((error as { code?: string }).code ?? '')
    return { what, name, found: [], state: none ? 'missing' : 'unknown' }
  }
}

/** TXT comes in pieces of 255 octets, MX with its preference. */
const textsOf = (answer: unknown): string[] =>
  (Array.isArray(answer) ? answer : []).map((record: unknown) => {
    if (Array.isArray(record)) return record.join('')
    if (typeof record === 'object' && record !== null && 'exchange' in record && 'priority' in record)
      return `${String(record.priority)} ${String(record.exchange)}`
    return String(record)
  })
