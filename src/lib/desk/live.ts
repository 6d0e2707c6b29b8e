/**
 * The desk hears what happens, as long as its page is in view: one connection for all pages of a tab, closed while the tab is hidden
 * (browsers allow six for a whole site), opened again with a fresh look at everything. Without it every page works as before.
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
const KEY = 'live desk'

/** For the layout, when the page is in the browser: opens the connection; answers how to end it. */
export function openLiveDesk(address: string): { desk: LiveDesk; open(): () => void } {
  const listeners = new Set<(heard: Heard) => void>()
  let source: EventSource | null = null
  let timer: ReturnType<typeof setTimeout> | undefined
  let missed = false
  const tell = (heard: Heard) => {
    for (const listener of listeners) listener(heard)
  }
  const disconnect = () => {
    clearTimeout(timer)
    source?.close()
    source = null
  }
  const connect = () => {
    disconnect()
    const now = new EventSource(address)
    source = now
    now.onopen = () => {
      if (missed) tell({ all: true })
      missed = false
    }
    now.onmessage = ({ data }) => {
      const heard = JSON.parse(String(data)) as Heard & { bye?: boolean }
      if (heard.bye) disconnect()
      else tell(heard)
    }
    now.onerror = () => {
      missed = true
      // The browser comes back by itself after a break, but not after a refusal.
      if (now.readyState === EventSource.CLOSED) timer = setTimeout(connect, COME_AGAIN_MS)
    }
  }
  const look = () => {
    if (document.visibilityState === 'hidden') {
      missed = true
      disconnect()
    } else if (!source) connect()
  }
  const leave = () => {
    missed = true
    disconnect()
  }
  return {
    desk: {
      hear(listener) {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
    },
    open() {
      look()
      document.addEventListener('visibilitychange', look)
      addEventListener('pagehide', leave)
      addEventListener('pageshow', look)
      return () => {
        document.removeEventListener('visibilitychange', look)
        removeEventListener('pagehide', leave)
        removeEventListener('pageshow', look)
        disconnect()
      }
    },
  }
}

export const setLiveDesk = (desk: LiveDesk): LiveDesk => setContext(KEY, desk)
export const liveDesk = (): LiveDesk => getContext<LiveDesk>(KEY)
