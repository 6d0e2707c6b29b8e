/** An operator's centre (SMSC) for tests: a process of its own that can be killed and started again on its port. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { bareEnvironment } from '../../src/server/platform/testing-environment.ts'

export interface Told {
  /** What Pandu did, oldest first. */
  log: ({ what: string } & Record<string, unknown>)[]
  bound: number
  /** Names of messages that it brought and that Pandu has not taken. */
  unanswered: number[]
}

export interface Smsc {
  rules(rules: Record<string, unknown>): Promise<Told>
  /** Brings a message, again and again until it is taken; bytes as `{ hex }`. */
  bring(name: number, fields: Record<string, unknown>): Promise<Told>
  tell(): Promise<Told>
  /** Holds all connections open and reads nothing more from them. */
  freeze(): Promise<Told>
  cut(): Promise<Told>
  kill(): Promise<void>
  start(): Promise<void>
}

/** @param certificate for a centre by TLS: the files `contoh-1.pem` and `contoh-1.key.pem` of tests/certificates by their name `contoh-1` */
export async function startSmsc(port: number, certificate = ''): Promise<Smsc> {
  let child: ChildProcess
  let orders = 0
  const answers = new Map<number, (told: Told) => void>()
  const ask = (order: object) =>
    new Promise<Told>((resolve) => {
      answers.set(++orders, resolve)
      child.send({ ...order, order: orders })
    })
  const start = async () => {
    child = fork(fileURLToPath(new URL('./smsc-child.ts', import.meta.url)), [String(port), certificate], {
      env: bareEnvironment(),
    })
    child.on('message', ({ order, ...told }: Told & { order: number }) => {
      answers.get(order)?.(told)
      answers.delete(order)
    })
    await once(child, 'message')
  }
  await start()
  return {
    rules: (rules) => ask({ rules }),
    bring: (name, fields) => ask({ bring: { name, fields } }),
    tell: () => ask({ tell: true }),
    freeze: () => ask({ freeze: true }),
    cut: () => ask({ cut: true }),
    async kill() {
      if (child.exitCode !== null || child.signalCode !== null) return
      const exit = once(child, 'exit')
      child.kill('SIGKILL')
      await exit
    },
    start,
  }
}
