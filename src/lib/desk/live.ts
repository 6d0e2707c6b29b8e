/**
 * The desk hears what happens, as long as its page is in view: one connection for all pages of a tab, closed while the tab is hidden
 * (browsers allow six for a whole site). It asks for what happened since the page was read, and when it comes again for what it missed; where nobody
 * knows, everything is read again. Without it every page works as before.
 */
import { getContext, setContext } from 'svelte'

export interface Heard {
  /** Tickets of one's own desks that changed. */
  changed?: string[]
  /** Tickets where somebody came, went or began to write. */
  presence?: string[]
  /** What rings at one's own desks, or no longer. */
  calls?: string[]
  /** Something changed among the offers and cases of those for whom one answers. */
  offers?: boolean
  /** Something happened elsewhere. */
  tick?: boolean
  /** Something may have been missed. */
  all?: boolean
}
export interface LiveDesk {
  /** Hears everything until the answered function is called. */
  hear(listener: (heard: Heard) => void): () => void
}

const COME_AGAIN_MS = 30_000
const ON_THE_WAY_MAX = 100
const KEY = 'live desk'

/**
 * For the layout, when the page is in the browser.
 * @param address of the stream
 * @param heard_until how far the page knew everything when it was read, as the server told it
 * @returns `open` connects and answers how to end it; from `leaves` on the tab goes to another page, which hears at `arrives` what came meanwhile
 */
export function openLiveDesk(address: string, heard_until: string) {
  const listeners = new Set<(heard: Heard) => void>()
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  /** `drawn`: the page came a moment ago, in answer to what this person did. Once it has waited that is no longer so. */
  let asks: { drawn: string } | { since: string } = { drawn: heard_until }
  /** Heard while the next page was on its way, which may have been read before. */
  let on_the_way: Heard[] | null = null
  const tell = (heard: Heard) => {
    if (on_the_way) on_the_way = on_the_way.length < ON_THE_WAY_MAX ? [...on_the_way, heard] : [{ all: true }]
    for (const listener of listeners) listener(heard)
  }
  const disconnect = () => {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  const waited = () => {
    if ('drawn' in asks) asks = { since: asks.drawn }
  }
  const connect = () => {
    disconnect()
    const now = new EventSource(`${address}?${new URLSearchParams(asks)}`)
    source = now
    now.onmessage = ({ data, lastEventId }) => {
      asks = { since: lastEventId }
      const heard = JSON.parse(String(data)) as Heard & { bye?: boolean }
      if (heard.bye) disconnect()
      else tell(heard)
    }
    now.onerror = () => {
      waited()
      // The browser comes back by itself after a break, but not after a refusal.
      if (now.readyState === EventSource.CLOSED) timer = setTimeout(connect, COME_AGAIN_MS)
    }
  }
  const look = () => {
    if (document.visibilityState === 'hidden') rest()
    else if (!source) connect()
  }
  const rest = () => {
    waited()
    disconnect()
  }
  const desk: LiveDesk = {
    hear(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
  }
  return {
    desk,
    leaves: () => void (on_the_way = []),
    arrives() {
      const missed = on_the_way ?? []
      on_the_way = null
      for (const heard of missed) tell(heard)
    },
    open() {
      look()
      document.addEventListener('visibilitychange', look)
      addEventListener('pagehide', rest)
      addEventListener('pageshow', look)
      return () => {
        document.removeEventListener('visibilitychange', look)
        removeEventListener('pagehide', rest)
        removeEventListener('pageshow', look)
        disconnect()
      }
    },
  }
}

export const setLiveDesk = (desk: LiveDesk): LiveDesk => setContext(KEY, desk)
export const liveDesk = (): LiveDesk => getContext<LiveDesk>(KEY)
