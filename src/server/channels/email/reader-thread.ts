import { parentPort, type MessagePort, type TransferListItem } from 'node:worker_threads'
import { readMail, type Mail } from './read.ts'

/** What became of one mail. */
type ReadOrFault = { mail: Mail } | { fault: string; over_limits?: boolean }

/** What the thread says: that it is up, or what became of the mails it was given, in order; and how much the processor did for it so far. */
export type ThreadReport = ({ ready: true } | { read: ReadOrFault[] }) & { worked_ms?: number }

if (parentPort) serve(parentPort)

function serve(port: MessagePort): void {
  // The port waits for no promise: serve() answers by a message of its own, also when it fails.
  // oxlint-disable-next-line typescript/no-misused-promises
  port.on('message', async (raws: readonly Uint8Array[]) => {
    const read: ReadOrFault[] = []
    for (const raw of raws) read.push(await readOne(raw))
    const contents = read.flatMap((one) =>
      'mail' in one ? one.mail.attachments.map(({ content }) => content.buffer as TransferListItem) : [],
    )
    port.postMessage({ read, worked_ms: workedMs() } satisfies ThreadReport, contents)
  })
  port.postMessage({ ready: true, worked_ms: workedMs() } satisfies ThreadReport)
}

async function readOne(raw: Uint8Array): Promise<ReadOrFault> {
  try {
    return { mail: await readMail(raw) }
  } catch (error) {
    // The MIME library gave up. Its words may repeat the mail's, so only the kind of error goes out.
    return {
      fault: error instanceof Error ? error.name : 'Error',
      // More parts or a longer header than the library reads; anything else is a mail that is none.
      over_limits: (error as { code?: unknown }).code === 'EMAXLEN',
    }
  }
}

function workedMs(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}
