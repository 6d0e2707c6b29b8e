/**
 * Whether this browser's person takes calls: known to the server, and remembered here only so that the desk of everybody else asks nothing.
 */
import type { Fields } from './drafts.ts'
import { here } from './drafts.ts'

const KEY = 'calls:taking'
const CHANGED = 'pandu:calls'

export const takesCalls = {
  known(): boolean {
    try {
      return localStorage.getItem(KEY) !== null
    } catch {
      return false
    }
  },
  set(on: boolean) {
    try {
      if (on) localStorage.setItem(KEY, 'yes')
      else localStorage.removeItem(KEY)
    } catch {
      return
    }
    window.dispatchEvent(new Event(CHANGED))
  },
  hear(listener: () => void): () => void {
    window.addEventListener(CHANGED, listener)
    return () => window.removeEventListener(CHANGED, listener)
  },
}

/** What is being written down about a call stays in this browser until it is saved. */
export const callDraft = {
  read: (draft: string): Fields | null => here.read(`draft:call:${draft}`)?.fields ?? null,
  write: (draft: string, fields: Fields) => here.write(`draft:call:${draft}`, { fields, saved: false }),
  drop: (draft: string) => here.drop(`draft:call:${draft}`),
}
