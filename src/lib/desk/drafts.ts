/**
 * What is being written is kept twice: in this browser at once (it survives a crash of page, browser or server), and on the server a
 * moment later (it survives this machine). The server's word counts where both know a draft.
 */
import { post } from './post.ts'

export type Fields = Record<string, string>
export interface Kept {
  fields: Fields
  /** The server has it: where it is gone there, it was sent or thrown away elsewhere. */
  saved: boolean
}

const SAVE_AFTER_MS = 800
const TRY_AGAIN_MS = 5_000
const isEmpty = (fields: Fields) => Object.values(fields).every((text) => text.trim() === '')

/** In this browser. Storage may be full or forbidden; then there is the server's. */
export const here = {
  read(key: string): Kept | null {
    try {
      const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Kept | null
      return kept && typeof kept.fields === 'object' ? kept : null
    } catch {
      return null
    }
  },
  write(key: string, kept: Kept) {
    try {
      if (isEmpty(kept.fields)) localStorage.removeItem(key)
      else localStorage.setItem(key, JSON.stringify(kept))
    } catch {
      return
    }
  },
  drop: (key: string) => localStorage.removeItem(key),
}

/**
 * Keeps one form's fields while they are typed.
 * @param told when the server has them (null: there is nothing to keep); `failed` when it does not answer, and is tried again
 */
export function keepDraft(
  { key, address, kind, send_id }: { key: string; address: string; kind: string; send_id: string },
  told: (saved_at: Date | null) => void,
  failed: () => void,
) {
  let timer: ReturnType<typeof setTimeout> | undefined
  let latest: Fields | null = null
  // The page may go before the moment is over.
  const leave = () => void post(address, { kind, send_id, fields: latest }, true)
  const keep = (fields: Fields | null) => {
    latest = fields
    if (fields) addEventListener('pagehide', leave)
    else removeEventListener('pagehide', leave)
  }
  const save = async () => {
    const fields = latest
    if (fields === null) return
    const answer = await post<{ saved_at: string | null }>(address, { kind, send_id, fields })
    if (latest !== fields) return
    if (answer === null) {
      failed()
      timer = setTimeout(() => void save(), TRY_AGAIN_MS)
      return
    }
    keep(null)
    here.write(key, { fields, saved: answer.saved_at !== null })
    told(answer.saved_at === null ? null : new Date(answer.saved_at))
  }
  return {
    typed(fields: Fields) {
      here.write(key, { fields, saved: false })
      keep(fields)
      clearTimeout(timer)
      timer = setTimeout(() => void save(), SAVE_AFTER_MS)
    },
    /** Sent or thrown away: nothing that waits may bring it back. */
    end() {
      clearTimeout(timer)
      keep(null)
    },
  }
}
