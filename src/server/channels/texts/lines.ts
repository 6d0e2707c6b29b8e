/**
 * What the sender knows of its ways out at this moment: who is there, how much more each may be given. Lives in memory, in each process its
 * own: two processes give a line that takes 20 a second up to 40, and the gateway then asks for patience.
 */
import type { DueText, Gateway, TextAttempt } from './adapter.ts'
import type { OpenGateway } from './gateways.ts'
import { linesServing } from './read-gateways.ts'

/** One line: texts that it may be given now; 0 while it is full, or asked for patience. */
export interface LineRoom {
  name: string
  channel: Gateway['channel']
  prefixes: readonly string[]
  texts: number
}

/** Handed over and not answered yet, on one line. */
const UNDER_WAY_MAX = 64
/** While so many are, no more are fetched: looking for a few costs as much as looking for many. */
const FETCH_AGAIN_AT = 24
/** A line that was away is asked again after so long, with one text. */
const AWAY_MS = [2_000, 5_000, 15_000, 30_000]

interface Line extends OpenGateway {
  under_way: number
  /** Parts that may be given before the next second has passed; below zero after a long text. */
  tokens: number
  counted_at: number
  paused_until: number
  away_until: number
  /** How often in a row it was away, or gave no answer. */
  away: number
}

export interface Lines {
  /**
   * Of every line that is not away, the most wanted first as the settings have them. One that another process holds has no room here: its
   * texts are that one's.
   */
  rooms(): LineRoom[]
  /** The gateways that may be asked for this number, the best first; away ones left out. */
  present(channel: string, address: string): OpenGateway[]
  /** Whether any line of the settings serves this number, away or not. */
  serves(channel: string, address: string): boolean
  /** A line that knows texts by our id, so that one whose answer never came may be handed to it again; null where it is none, or gone from the settings. */
  recognising(name: string): { is_away: boolean } | null
  begin(name: string, text: Pick<DueText, 'parts'>): void
  end(name: string, attempt: TextAttempt): void
  /** Milliseconds until a line that is full only by its rate has room again; null where none is. */
  next_room_ms(): number | null
}

export function openLines(open: readonly OpenGateway[], now: () => number = () => performance.now()): Lines {
  const lines: Line[] = open.map((one) => ({
    ...one,
    under_way: 0,
    tokens: one.line.per_second === null ? 0 : Math.max(1, one.line.per_second),
    counted_at: now(),
    paused_until: 0,
    away_until: 0,
    away: 0,
  }))
  const named = (name: string) => lines.find(({ line }) => line.name === name)

  const isElsewhere = (line: Line) => line.gateway.state().elsewhere === true
  // Not by whether the gateway is connected: some know only from the last text that they are away, and nobody would ask them again.
  const isAway = (line: Line) => line.away_until > now() || isElsewhere(line)
  function refill(line: Line): void {
    const { per_second } = line.line
    if (per_second === null) return
    const at = now()
    line.tokens = Math.min(Math.max(1, per_second), line.tokens + ((at - line.counted_at) / 1000) * per_second)
    line.counted_at = at
  }
  function roomOf(line: Line): number {
    if (line.paused_until > now()) return 0
    refill(line)
    const most = line.away > 0 || line.gateway.state().connected === false ? 1 : UNDER_WAY_MAX
    if (line.under_way > FETCH_AGAIN_AT) return 0
    const free = Math.max(0, most - line.under_way)
    // A text of several parts may borrow from the next second: otherwise a line of less than one a second would never take it.
    return line.line.per_second === null ? free : Math.min(free, line.tokens >= 1 ? Math.floor(line.tokens) : 0)
  }
  const serving = (channel: string, address: string) => {
    const ofChannel = lines.filter(({ gateway }) => gateway.channel === channel)
    const best = linesServing(
      ofChannel.map(({ line }) => line),
      address,
    )
    return best.map((line) => ofChannel.find((one) => one.line === line)!)
  }

  return {
    rooms: () =>
      lines
        .filter((line) => !isAway(line) || isElsewhere(line))
        .map((one) => ({
          name: one.line.name,
          channel: one.gateway.channel,
          prefixes: one.line.prefixes,
          texts: isElsewhere(one) ? 0 : roomOf(one),
        })),
    present: (channel, address) => serving(channel, address).filter((line) => !isAway(line)),
    serves: (channel, address) => serving(channel, address).length > 0,
    recognising(name) {
      const line = named(name)
      return line?.gateway.recognises ? { is_away: isAway(line) } : null
    },
    begin(name, { parts }) {
      const line = named(name)
      if (!line) return
      line.under_way += 1
      if (line.line.per_second !== null) line.tokens -= Math.max(1, parts.length)
    },
    end(name, attempt) {
      const line = named(name)
      if (!line) return
      line.under_way -= 1
      if (attempt.state === 'later' && attempt.away) {
        // Those that were under way together count once.
        if (line.away_until <= now()) {
          line.away_until = now() + AWAY_MS[Math.min(line.away, AWAY_MS.length - 1)]!
          line.away += 1
        }
      } else if (attempt.state === 'unknown') {
        // One at a time until it answers again: what hangs there may have to be sent once more.
        if (line.away > 0) line.away_until = now() + AWAY_MS[Math.min(line.away, AWAY_MS.length - 1)]!
        line.away += 1
      } else line.away = 0
      if (attempt.state === 'later' && attempt.after_ms) line.paused_until = now() + attempt.after_ms
    },
    next_room_ms() {
      const waits = lines.flatMap((line) => {
        if (isAway(line)) return []
        if (line.paused_until > now()) return [line.paused_until - now()]
        refill(line)
        const { per_second } = line.line
        return per_second === null || line.tokens >= 1 ? [] : [((1 - line.tokens) / per_second) * 1000]
      })
      return waits.length === 0 ? null : Math.min(...waits)
    },
  }
}

/** Names of lines with the beginnings of numbers that each serves, the longest first: as the claim looks for them. */
export const routesOf = (
  rooms: readonly Pick<LineRoom, 'name' | 'channel' | 'prefixes'>[],
): { channel: string; prefix: string; name: string }[] =>
  rooms
    .flatMap(({ name, channel, prefixes }) =>
      (prefixes.length === 0 ? [''] : prefixes).map((prefix) => ({ channel, prefix, name })),
    )
    // Stable: of equal prefixes the line that stands first in the settings.
    .sort((a, b) => b.prefix.length - a.prefix.length)
