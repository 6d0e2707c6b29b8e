/** Says now and then how far a long piece of work is. */
export interface ShownProgress {
  (line: string): void
  /** Clears what stands there; call it before the result is printed. */
  done(): void
}

const ON_A_TERMINAL_MS = 200
/** In a log or a file each line stays, so there are fewer. */
const IN_A_FILE_MS = 5_000

/** On stderr, so that stdout holds the answer alone: on a terminal one line that changes, elsewhere a line every five seconds. */
export function showProgress(out: NodeJS.WriteStream = process.stderr): ShownProgress {
  const wait_ms = out.isTTY ? ON_A_TERMINAL_MS : IN_A_FILE_MS
  let last = performance.now() - (out.isTTY ? wait_ms : 0)
  let shown = false
  const show = (line: string) => {
    if (performance.now() - last < wait_ms) return
    last = performance.now()
    shown = true
    out.write(out.isTTY ? `\r\u001b[2K  ${line.slice(0, (out.columns || 80) - 3)}` : `  ${line}\n`)
  }
  const done = () => {
    if (shown && out.isTTY) out.write('\r\u001b[2K')
    shown = false
  }
  return Object.assign(show, { done })
}
