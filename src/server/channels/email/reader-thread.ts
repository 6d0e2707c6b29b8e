import { parentPort, type MessagePort, type TransferListItem } from 'node:worker_threads'
import { readMail, type Mail } from './read.ts'

/** What the thread says: that it is up, or what became of the mail it was given; and how much the processor did for it so far. */
export type ThreadReport = ({ ready: true } | { mail: Mail } | { fault: string; over_limits?: boolean }) & {
  worked_ms?: number
}

if (parentPort) serve(parentPort)

function serve(port: MessagePort): void {
  // The port waits for no promise: serve() answers by a message of its own, also when it fails.
  // oxlint-disable-next-line typescript/no-misused-promises
  port.on('message', async (raw: Uint8Array) => {
    try {
      const mail = await readMail(raw)
      const contents = mail.attachments.map(({ content }) => content.buffer as TransferListItem)
      port.postMessage({ mail, worked_ms: workedMs() } satisfies ThreadReport, contents)
    } catch (error) {
      // The MIME library gave up. Its words may repeat the mail's, so only the kind of error goes out.
      port.postMessage({
        fault: error instanceof Error ? error.name : 'Error',
        // More parts or a longer header than the library reads; anything else is a mail that is none.
        over_limits: (error as { code?: unknown }).code === 'EMAXLEN',
        worked_ms: workedMs(),
      } satisfies ThreadReport)
    }
  })
  port.postMessage({ ready: true, worked_ms: workedMs() } satisfies ThreadReport)
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
