import type { StaffActor } from '#server/platform/context.ts'
import type { Live, News } from '#server/platform/live.ts'

const HEARTBEAT_MS = 20_000
/** What happens within so long is told together. */
const GATHER_MS = 200
/** More changed tickets at once than anybody looks at. */
const IDS_MAX = 100
/** After a restart not everybody comes back in the same second. */
const RETRY_MS = { least: 1_000, spread: 3_000 }

interface Given {
  live: Live
  actor: StaffActor
  /** Who that is now: null when signed out or disabled meanwhile. Asked with each heartbeat. */
  again(): Promise<StaffActor | null>
  /** How far the page knows everything: {@link Live.position} of before it was read, or the id of the last event that it heard. Null: it asks for nothing older. */
  since?: string | null
  /** The page was drawn a moment ago: it shows what the actor did, who got it for an answer, and lacks little where nobody knows what came since. */
  is_new?: boolean
  heartbeat_ms?: number
}

/**
 * What an open desk hears, as server-sent events whose data is JSON: `{changed?: ids, presence?: ids}` of tickets that the actor's desks
 * hold or held, `{calls: ids}` of what rings at the actor's own desks, `{offers: true}` when something changed for a member, partner or
 * government for whom the actor answers; `{tick: true}` where something happened elsewhere; `{all: true}` when something may have been missed; `{bye: true}` when
 * this page should not come back by itself. What happened after `since` is told first, `{}` if nothing did. Each id is a `since` for coming again. Never a word of a
 * ticket. Null when there is no room.
 */
export function liveStream({
  live,
  again,
  since = null,
  is_new = false,
  heartbeat_ms = HEARTBEAT_MS,
  ...given
}: Given): Response | null {
  let actor = given.actor
  let waiting = nothing()
  let gathering: NodeJS.Timeout | null = null
  let beating: NodeJS.Timeout | null = null
  let out: ReadableStreamDefaultController<Uint8Array> | null = null
  const encoder = new TextEncoder()

  const say = (text: string) => out?.enqueue(encoder.encode(text))
  /** All that waits, and how far one has heard with it. */
  const news = () => {
    const told = textOf(waiting)
    waiting = nothing()
    return `id: ${live.position()}\ndata: ${told ?? '{}'}\n`
  }
  // A slow reader gets everything together once it reads again; nothing piles up here.
  const flush = () => {
    gathering = null
    if (out && (out.desiredSize ?? 0) > 0 && textOf(waiting)) say(`${news()}\n`)
  }
  const close = () => {
    leave?.()
    if (gathering) clearTimeout(gathering)
    if (beating) clearInterval(beating)
    const ended = out
    out = null
    return ended
  }
  const beat = async () => {
    const known = await again()
    if (known === null) return void close()?.close()
    actor = known
    if (out && (out.desiredSize ?? 0) > 0) say(':\n\n')
  }
  const leave = live.join({
    person_id: actor.person_id,
    hear(news) {
      gather(waiting, news, actor)
      gathering ??= setTimeout(flush, GATHER_MS)
    },
    end(reason) {
      if (reason === 'crowded') say('data: {"bye":true}\n\n')
      close()?.close()
    },
  })
  if (leave === null) return null
  if (since !== null)
    for (const missed of live.after(since) ?? (is_new ? [] : [null]))
      gather(waiting, is_new ? withoutOwn(missed, actor) : missed, actor)

  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      out = controller
      say(`retry: ${Math.round(RETRY_MS.least + Math.random() * RETRY_MS.spread)}\n${news()}\n`)
      // The database may be away in this very moment: the next heartbeat asks again.
      beating = setInterval(() => void beat().catch(() => undefined), heartbeat_ms)
    },
    pull: flush,
    cancel: () => void close(),
  })
  return new Response(body, {
    headers: {
      'content-type': 'text/event-stream; charset=utf-8',
      // Neither our own compression nor a proxy may hold it back.
      'cache-control': 'no-store, no-transform',
      'x-accel-buffering': 'no',
    },
  })
}

interface Waiting {
  changed: Set<string>
  presence: Set<string>
  calls: Set<string>
  /** Without ids: whoever is asked may not know which request it is. */
  offers: boolean
  tick: boolean
  all: boolean
}
const nothing = (): Waiting => ({
  changed: new Set(),
  presence: new Set(),
  calls: new Set(),
  offers: false,
  tick: false,
  all: false,
})

const withoutOwn = (news: News | null, { person_id }: StaffActor): News | null =>
  news && { ...news, tickets: news.tickets.filter(({ by }) => by !== person_id) }

function gather(waiting: Waiting, news: News | null, actor: StaffActor) {
  if (news === null) return void (waiting.all = true)
  for (const { id, desk_ids, asked_desk_ids = [] } of news.tickets) {
    const answers = [...(actor.providers ?? []), ...actor.desks.filter(({ kind }) => kind === 'own_unit')]
    const named = [...desk_ids, ...asked_desk_ids]
    if (news.what === 'changed' && answers.some((desk) => named.includes(desk.id))) waiting.offers = true
    const own = actor.desks.some((desk) => desk_ids.includes(desk.id))
    // Another desk's telephone is nobody's business, also not of those who see everything.
    if (own || (actor.sees_all && news.what !== 'calls')) waiting[news.what].add(id)
    else if (news.what !== 'calls') waiting.tick = true
  }
  if (waiting.changed.size + waiting.presence.size + waiting.calls.size > IDS_MAX) {
    waiting.changed.clear()
    waiting.presence.clear()
    waiting.calls.clear()
    waiting.all = true
  }
}

function textOf({ changed, presence, calls, offers, tick, all }: Waiting): string | null {
  if (all) return '{"all":true}'
  if (changed.size + presence.size + calls.size > 0 || offers)
    return JSON.stringify({
      ...(changed.size > 0 ? { changed: [...changed] } : {}),
      ...(presence.size > 0 ? { presence: [...presence] } : {}),
      ...(calls.size > 0 ? { calls: [...calls] } : {}),
      ...(offers ? { offers } : {}),
    })
  return tick ? '{"tick":true}' : null
}
