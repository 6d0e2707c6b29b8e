import { expect, test, vi } from 'vitest'
import { showProgress } from './show-progress.ts'

/** A stream that keeps what was written, as a terminal or a file. */
function aStream(isTTY: boolean) {
  const written: string[] = []
  const out = { isTTY, columns: 20, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream
  return { written, out }
}

test('on a terminal it is one line that changes and is gone at the end', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { written, out } = aStream(true)
  const progress = showProgress(out)
  progress('attachments: 1')
  progress('attachments: 2')
  vi.advanceTimersByTime(300)
  progress('attachments: 3, and many more')
  progress.done()
  expect(written).toEqual(['\r\u001b[2K  attachments: 1', '\r\u001b[2K  attachments: 3, a', '\r\u001b[2K'])
  vi.useRealTimers()
})

test('in a file it is a line every five seconds, and nothing for what is soon over', () => {
  vi.useFakeTimers({ toFake: ['performance'] })
  const { written, out } = aStream(false)
  const progress = showProgress(out)
  for (let second = 0; second < 12; second++) {
    progress(`table ${second}`)
    vi.advanceTimersByTime(1_000)
  }
  progress.done()
  expect(written).toEqual(['  table 5\n', '  table 10\n'])
  vi.useRealTimers()
})
