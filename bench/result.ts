/** What is written to bench/result.json: a figure that was not measured is absent, never 0. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { availableParallelism, cpus, loadavg, totalmem, release } from 'node:os'

export const sizes = { '10k': 10_000, '100k': 100_000, '1m': 1_000_000 } as const
export type Size = keyof typeof sizes
export type Who = 'agent' | 'provider'
export type Connections = 'c1' | 'c8'
export const reads = ['queue', 'ticket', 'search_rare', 'search_common', 'search_absent'] as const
export type Read = (typeof reads)[number]

type Times = Partial<
  Record<Size, Partial<Record<Who, Partial<Record<Connections, { p50_ms: number; p95_ms: number }>>>>>
>
export type Decides = Partial<Record<Connections, { per_s: number }>> & { open_offers_p95_ms?: number }

export interface Result extends Partial<Record<Read, Times>> {
  hardware?: Record<string, string | number>
  intake?: Partial<
    Record<Connections, { bare_per_s?: number; acknowledged_per_s?: number; visible_per_s?: number; load?: number }>
  >
  /** From a sender's final dot to our 250. */
  dot?: Partial<Record<'10kb' | '25mb', { p50_ms: number; p99_ms: number; mails: number; load: number }>>
  create?: { web_per_s?: number; api_per_s?: number }
  pages?: Record<string, { per_s: number; bytes: number; requests: number }>
  memory?: { idle_mb?: number; load_mb?: number }
  /** How many times as long the reads take behind the policies as without them. */
  wall?: Partial<Record<Size, Partial<Record<Read, Partial<Record<Who, number>>>>>>
  /** Through a real Kannel, beside what Kannel does alone: without Pandu behind it (in), and asked by a loop (out), reports included. */
  sms?: {
    in?: { kannel_per_s?: number; acknowledged_per_s?: number; settled_per_s?: number; visible_per_s?: number }
    out?: { kannel_per_s?: number; pandu_per_s?: number; delivered_per_s?: number }
    load?: number
  }
  start?: { first_ms?: number; again_ms?: number }
  /** Whom to ask, with the SQL that it needs; and a desk's list of what it is asked. */
  /** On a database of its own, and beside the tickets of seeded folders. */
  decide?: Decides & { beside?: Partial<Record<Size, Decides>> }
}

const PATH = new URL('./result.json', import.meta.url)

/** Figures of parts that do not run this time stay as they were. */
export const readResult = (): Result => (existsSync(PATH) ? (JSON.parse(readFileSync(PATH, 'utf8')) as Result) : {})

export const writeResult = (result: Result) => writeFileSync(PATH, JSON.stringify(result, null, 2) + '\n')

export function describeHardware(): Record<string, string | number> {
  const [first] = cpus()
  return {
    cpu: first?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    memory_gb: Math.round(totalmem() / 2 ** 30),
    system: `${process.platform} ${process.arch} ${release()}`,
    disk: diskOf(),
    node: process.version,
    load_before: Math.round(loadavg()[0]! * 100) / 100,
    note: 'the load generator runs on the same cores; the embedded PostgreSQL with its default settings',
  }
}

const diskOf = () => {
  try {
    return execFileSync('df', ['--output=source,fstype', '.'], { encoding: 'utf8' }).split('\n')[1]?.trim().replace(/\s+/g, ' ') ?? 'unknown' // prettier-ignore
  } catch {
    return 'unknown'
  }
}

export const rounded = (value: number, digits = 1) => Math.round(value * 10 ** digits) / 10 ** digits
