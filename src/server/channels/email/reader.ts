import { Worker } from 'node:worker_threads'
import type { Log } from '../../platform/log.ts'
import type { Mail } from './read.ts'
import type { ThreadReport } from './reader-thread.ts'

/** Why a mail could not be read: it took too long, needed too much memory, has more parts or header than we read, or the MIME library failed on it. */
export type UnreadableReason = 'time' | 'memory' | 'limits' | 'broken'

/** The mail is at fault, not the machine. Its bytes are kept by whoever asked, for quarantine. */
export class Unreadable extends Error {
  readonly reason: UnreadableReason
  constructor(reason: UnreadableReason) {
    super(`unreadable: ${reason}`)
    this.name = 'Unreadable'
    this.reason = reason
  }
}

export interface MailReader {
  /** Resolves when a thread is there that could read at once. */
  ready(): Promise<void>
  /** Throws {@link Unreadable}; any other error is ours. The bytes given are copied, not taken. */
  read(raw: Uint8Array): Promise<Mail>
  /** Ends all threads; mails being read are rejected with an error that is not {@link Unreadable}. */
  stop(): Promise<void>
}

export interface ReaderLimits {
  /** Larger mails are refused unread: Buffers lie outside the heap that `heap_mb` bounds. */
  bytes_max: number
  /** Of the processor: on a busy machine an innocent mail waits for its turn, and that is not its fault. */
  time_ms: number
  heap_mb: number
  /** A thread without work ends after this. */
  idle_ms: number
  /** Loading the library on a busy machine. Not the mail's fault, so counted apart. */
  start_ms: number
}

/** 25 MB of DATA and room for what came by other ways. */
const LIMITS: ReaderLimits = {
  bytes_max: 27 * 1024 * 1024,
  time_ms: 10_000,
  heap_mb: 256,
  idle_ms: 30_000,
  start_ms: 60_000,
}

/** However busy the machine: by the clock no mail may take longer than so many times its time. */
const PATIENCE = 6
/** A thread that does not even say how much it worked within this is given up. */
const ANSWER_MS = 2000

/** Small mails go to a thread together: waking it costs more than reading one of them. */
const LOT_MAX = 16
const LOT_BYTES_MAX = 256 * 1024

interface Task {
  raw: Uint8Array
  /** Its lot died with a thread: one of them did it, and now each is read alone. */
  alone: boolean
  resolve(mail: Mail): void
  reject(error: Error): void
}

interface Thread {
  worker: Worker
  ready: boolean
  /** What it reads. */
  lot: readonly Task[]
  /** Processor time up to the lot in hand. */
  worked_ms: number
  timer: NodeJS.Timeout | undefined
}

/**
 * Reads mails in threads of their own, so that one which never ends or eats all memory harms no other: its thread is
 * replaced, its promise rejects, the neighbours go on. A thread starts with the first mail that finds none free; each holds a few small
 * mails or one large at a time, so at most `threads` × `bytes_max` bytes are copied at any moment, however many mails wait. Mails that died
 * with a thread are read once more, each alone.
 * `script` is for tests only.
 */
export function openMailReader(options: {
  log: Log
  threads: number
  limits?: Partial<ReaderLimits>
  script?: URL
}): MailReader {
  const { log } = options
  const limits = { ...LIMITS, ...options.limits }
  const script = options.script ?? new URL('./reader-thread.ts', import.meta.url)
  const threads = new Set<Thread>()
  const waiting: Task[] = []
  const readied: { resolve(): void; reject(error: Error): void }[] = []
  let stopped = false

  function read(raw: Uint8Array): Promise<Mail> {
    if (stopped) return Promise.reject(new Error('the mail reader has stopped'))
    if (raw.byteLength > limits.bytes_max) return Promise.reject(new Unreadable('memory'))
    return new Promise((resolve, reject) => {
      waiting.push({ raw, alone: false, resolve, reject })
      give()
    })
  }

  function ready(): Promise<void> {
    if (stopped) return Promise.reject(new Error('the mail reader has stopped'))
    if ([...threads].some((thread) => thread.ready)) return Promise.resolve()
    return new Promise((resolve, reject) => {
      readied.push({ resolve, reject })
      if (threads.size === 0) start()
    })
  }

  /** Hands waiting mails to free threads and starts threads while mails wait for one. */
  function give(): void {
    for (const thread of threads) {
      if (waiting.length === 0) return
      if (thread.ready && thread.lot.length === 0) begin(thread, nextLot())
    }
    const starting = [...threads].filter((thread) => !thread.ready).length
    const wanted = Math.min(waiting.length - starting, options.threads - threads.size)
    for (let count = 0; count < wanted; count++) start()
  }

  /** The oldest, and small ones behind it, but no more than leave as many to each of the other threads. */
  function nextLot(): readonly Task[] {
    const most = Math.min(LOT_MAX, Math.ceil(waiting.length / options.threads))
    let bytes = 0
    let count = 0
    for (const { raw, alone } of waiting.slice(0, most)) {
      bytes += raw.byteLength
      if (count > 0 && (alone || bytes > LOT_BYTES_MAX)) break
      count += 1
      if (alone) break
    }
    return waiting.splice(0, count)
  }

  function begin(thread: Thread, lot: readonly Task[]): void {
    thread.lot = lot
    clearTimeout(thread.timer)
    thread.worker.ref()
    const copies = lot.map(({ raw }) => new Uint8Array(raw))
    thread.worker.postMessage(
      copies,
      copies.map(({ buffer }) => buffer),
    )
    const patience = performance.now() + limits.time_ms * PATIENCE
    watch(thread, lot, { ends: thread.worked_ms + limits.time_ms, patience, next_ms: limits.time_ms })
  }

  /** Ends the thread when what it reads has used up the time of one mail; looks again when it could have, had it worked all the while. */
  function watch(
    thread: Thread,
    lot: readonly Task[],
    time: { ends: number; patience: number; next_ms: number },
  ): void {
    const look = async () => {
      const left = time.ends - (await workedMs(thread.worker))
      if (thread.lot !== lot) return
      if (left <= 1 || performance.now() >= time.patience) lose(thread, new Unreadable('time'))
      else watch(thread, lot, { ...time, next_ms: left })
    }
    thread.timer = setTimeout(() => void look(), time.next_ms)
  }

  function start(): void {
    const worker = new Worker(script, {
      resourceLimits: { maxOldGenerationSizeMb: limits.heap_mb, maxYoungGenerationSizeMb: 16 },
    })
    const thread: Thread = { worker, ready: false, lot: [], worked_ms: 0, timer: undefined }
    threads.add(thread)
    thread.timer = setTimeout(() => lose(thread, new Error('a mail reading thread did not start')), limits.start_ms)
    worker.on('message', (report: ThreadReport) => hear(thread, report))
    worker.on('error', (error) => lose(thread, faultOf(thread, error)))
    worker.on('exit', () => lose(thread, new Unreadable('broken')))
  }

  function hear(thread: Thread, report: ThreadReport): void {
    const { lot } = thread
    clearTimeout(thread.timer)
    thread.lot = []
    thread.worked_ms = report.worked_ms ?? thread.worked_ms
    if ('ready' in report) {
      thread.ready = true
      for (const one of readied.splice(0)) one.resolve()
    } else
      for (const [index, one] of report.read.entries())
        if ('mail' in one) lot[index]?.resolve(one.mail)
        else lot[index]?.reject(new Unreadable(one.over_limits ? 'limits' : 'broken'))
    thread.timer = setTimeout(() => lose(thread, null), limits.idle_ms)
    thread.timer.unref()
    thread.worker.unref()
    give()
  }

  /** The thread is gone or has to go. The mail that it was reading gets the error; several are read again, and one that never got a thread waits for the next. */
  function lose(thread: Thread, error: Error | null): void {
    if (!threads.delete(thread)) return
    clearTimeout(thread.timer)
    void thread.worker.terminate()
    if (error) log.warn({ reason: error instanceof Unreadable ? error.reason : 'start' }, 'mail reading thread ended')
    if (thread.lot.length > 1 && !stopped) waiting.unshift(...thread.lot.map((task) => ({ ...task, alone: true })))
    else for (const task of thread.lot) task.reject(error ?? new Error('the mail reader has stopped'))
    // A thread that dies before it was ready is our fault, and would be started again for ever.
    if (error && !thread.ready) {
      const fault = new Error('a mail reading thread did not start', { cause: error })
      waiting.shift()?.reject(fault)
      for (const one of readied.splice(0)) one.reject(fault)
    }
    if (!stopped) give()
  }

  async function stop(): Promise<void> {
    stopped = true
    const ending = [...threads].map(({ worker }) => worker.terminate())
    for (const task of [...waiting.splice(0), ...readied.splice(0)])
      task.reject(new Error('the mail reader has stopped'))
    for (const thread of threads) lose(thread, null)
    await Promise.all(ending)
  }

  return { ready, read, stop }
}

/** Processor time of a thread so far; without end where it does not answer. */
async function workedMs(worker: Worker): Promise<number> {
  let timer: NodeJS.Timeout | undefined
  const silence = new Promise<number>((resolve) => (timer = setTimeout(resolve, ANSWER_MS, Infinity)))
  const worked = worker.cpuUsage().then(
    ({ user, system }) => (user + system) / 1000,
    // It has ended; who reads its mail hears of that elsewhere.
    () => Infinity,
  )
  try {
    return await Promise.race([worked, silence])
  } finally {
    clearTimeout(timer)
  }
}

function faultOf(thread: Thread, error: unknown): Error {
  if (!thread.ready) return error instanceof Error ? error : new Error(String(error))
  return new Unreadable((error as NodeJS.ErrnoException).code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'memory' : 'broken')
}
