import { Resolver } from 'node:dns/promises'

/** The kinds of records we ask for. */
export type RecordKind = 'TXT' | 'A' | 'AAAA' | 'MX' | 'PTR' | 'CNAME'

/** Asks the name system. Rejects like Node's resolver: `ENOTFOUND` and `ENODATA` say that there is none, every other code that nobody knows. */
export interface Dns {
  resolve(name: string, kind: RecordKind): Promise<unknown>
}

interface DnsLimits {
  /** One question to one server; it is asked once more. */
  question_ms: number
  /** How long an answer is believed; 'there is none' counts as one. */
  remembered_ms: number
  remembered_max: number
  /** After so many faults in a row nobody waits for the name servers any more, */
  faults_max: number
  /** for this long. */
  away_ms: number
}
const LIMITS: DnsLimits = {
  question_ms: 1_000,
  remembered_ms: 5 * 60_000,
  remembered_max: 5_000,
  faults_max: 5,
  away_ms: 30_000,
}

/**
 * The name servers of `PANDU_DNS`, else the system's. Answers are remembered, questions asked at the same time are asked once, and while
 * the servers do not answer everybody is told so at once (`ETIMEOUT`): a name system that is away must not slow what comes in.
 */
export function openDns(servers: readonly string[], limits: Partial<DnsLimits> = {}): Dns {
  const { question_ms, remembered_ms, remembered_max, faults_max, away_ms } = { ...LIMITS, ...limits }
  const resolver = new Resolver({ timeout: question_ms, tries: 2 })
  if (servers.length > 0) resolver.setServers(servers)
  const known = new Map<string, { answer: Promise<unknown>; until: number }>()
  let faults = 0
  let away_until = 0

  async function ask(name: string, kind: RecordKind): Promise<unknown> {
    try {
      const answer = await resolver.resolve(name, kind)
      faults = 0
      return answer
    } catch (error) {
      if (saysNone(error)) faults = 0
      else if (++faults >= faults_max) away_until = performance.now() + away_ms
      throw error
    }
  }

  function resolve(name: string, kind: RecordKind): Promise<unknown> {
    const key = `${kind} ${name.toLowerCase()}`
    const now = performance.now()
    const kept = known.get(key)
    if (kept && kept.until > now) return kept.answer
    if (now < away_until) return Promise.reject(dnsFault('ETIMEOUT'))
    const answer = ask(name, kind)
    known.delete(key)
    known.set(key, { answer, until: now + remembered_ms })
    // What nobody knows is asked again the next time.
    answer.catch((error: unknown) => saysNone(error) || known.delete(key))
    if (known.size > remembered_max) known.delete(known.keys().next().value!)
    return answer
  }
  return { resolve }
}

/** For tests and tools: nobody answers. */
export const noDns: Dns = { resolve: () => Promise.reject(dnsFault('ETIMEOUT')) }

/** For tests: answers from a table of `'TXT _dmarc.contoh.test'` and the like; what is not in it does not exist. */
export const dnsOf = (table: Readonly<Record<string, unknown>>): Dns => ({
  resolve: async (name, kind) => table[`${kind} ${name.toLowerCase()}`] ?? Promise.reject(dnsFault('ENOTFOUND')),
})

const dnsFault = (code: string) => Object.assign(new Error(`DNS ${code}`), { code })

const saysNone = (error: unknown) => /^(ENOTFOUND|ENODATA)$/.test((error as NodeJS.ErrnoException).code ?? '')
