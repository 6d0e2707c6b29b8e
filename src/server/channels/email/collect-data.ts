import type { SMTPServerDataStream } from 'smtp-server'

/** How many bytes of unfinished mails are in memory, over all connections. */
export interface DataStore {
  buffered: number
  readonly buffered_max: number
}

export type Collected = { raw: Buffer; release(): void } | 'too_large' | 'no_room' | 'cut'

const FIRST_BYTES = 16_384

/**
 * Gathers one DATA into a single growing Buffer. (A list of chunks would let a mail of dots, which comes in chunks of three
 * bytes, fill the memory with objects.) From the first byte beyond `size_max`, or when `store` is full, it keeps nothing and
 * only reads on; `onExcess` is called for each such chunk. `cut`: the peer went away before the final dot.
 * `release` gives the room back; call it when the mail has been taken.
 */
export function collectData(
  stream: SMTPServerDataStream,
  size_max: number,
  store: DataStore,
  onExcess: () => void,
): Promise<Collected> {
  let bytes = Buffer.alloc(0)
  let length = 0
  let verdict: 'too_large' | 'no_room' | null = null

  function release(): void {
    store.buffered -= bytes.length
    bytes = Buffer.alloc(0)
  }

  function giveUp(why: 'too_large' | 'no_room'): void {
    verdict = why
    release()
  }

  function makeRoom(needed: number): void {
    if (needed <= bytes.length) return
    const size = Math.min(Math.max(needed, 2 * bytes.length, FIRST_BYTES), size_max)
    if (store.buffered + size - bytes.length > store.buffered_max) return giveUp('no_room')
    const larger = Buffer.allocUnsafeSlow(size)
    bytes.copy(larger, 0, 0, length)
    store.buffered += larger.length - bytes.length
    bytes = larger
  }

  return new Promise((resolve) => {
    stream.on('data', (chunk: Buffer) => {
      if (!verdict && length + chunk.length > size_max) giveUp('too_large')
      if (!verdict) makeRoom(length + chunk.length)
      if (verdict) return onExcess()
      chunk.copy(bytes, length)
      length += chunk.length
    })
    stream.once('end', () => resolve(verdict ?? { raw: bytes.subarray(0, length), release }))
    // Without a listener the library would not tell; `close` without `end` means the same.
    stream.once('error', () => stream.destroy())
    stream.once('close', () => {
      if (stream.readableEnded) return
      release()
      resolve('cut')
    })
  })
}
