import { execFile } from 'node:child_process'
import { join } from 'node:path'
import type { Programs } from './debian.ts'

/**
 * Sends one mail by swaks, a mail client made for tests, and answers what the two sides said to each other. `code` is
 * swaks' exit code: 0 taken, 24 a recipient refused, 26 the data refused (its manual has the list). `lines` are further
 * arguments, e.g. `['--header', 'In-Reply-To: <…>']`. `mail` is the whole message, header and body, instead of swaks' own.
 */
export async function swaks(
  { root }: Programs,
  { port, from, to, mail, lines = [] }: { port: number; from: string; to: string[]; mail?: string; lines?: string[] },
): Promise<{ code: number; transcript: string }> {
  const server = ['--server', '127.0.0.1', '--port', String(port), '--ehlo', 'klien.contoh.test']
  const envelope = ['--from', from, '--to', to.join(',')]
  const body = mail === undefined ? [] : ['--data', '-']
  return new Promise((answer) => {
    const perl = [join(root, 'usr/bin/swaks'), ...server, ...envelope, ...body, ...lines]
    const client = execFile(
      'perl',
      perl,
      { maxBuffer: 256 * 1024 * 1024, timeout: 120_000 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : -1) : 0
        answer({ code, transcript: stdout + stderr })
      },
    )
    // swaks ends what it is given with a line break of its own; without taking ours off it would send two.
    client.stdin?.on('error', () => {}).end(mail?.replace(/\r\n$/, ''))
  })
}
