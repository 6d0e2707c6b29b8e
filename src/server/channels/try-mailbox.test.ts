import { createServer, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { useDatabase } from '../platform/testing.ts'
import { tryMailbox } from './index.ts'

const database = useDatabase()

/** A mail server that knows one name and one folder with two mails in it. */
async function aMailServer(): Promise<{ server: Server; port: number; said: string[] }> {
  const said: string[] = []
  const server = createServer((socket: Socket) => {
    socket.on('error', () => undefined)
    socket.write('* OK [CAPABILITY IMAP4rev1] siap\r\n')
    let kept = ''
    socket.setEncoding('utf8').on('data', (text: string) => {
      kept += text
      for (let end = kept.indexOf('\r\n'); end >= 0; end = kept.indexOf('\r\n')) {
        const line = kept.slice(0, end)
        kept = kept.slice(end + 2)
        const [tag = '*', verb = ''] = line.split(' ')
        said.push(verb.toUpperCase())
        const good = (untagged = '') => socket.write(`${untagged}${tag} OK selesai\r\n`)
        if (/^LOGIN$/i.test(verb)) {
          if (line.includes('benar')) good()
          else socket.write(`${tag} NO [AUTHENTICATIONFAILED] tidak\r\n`)
        } else if (/^CAPABILITY$/i.test(verb)) good('* CAPABILITY IMAP4rev1\r\n')
        else if (/^LIST|LSUB$/i.test(verb)) good('* LIST () "/" INBOX\r\n')
        else if (/^SELECT$/i.test(verb))
          good('* 2 EXISTS\r\n* 0 RECENT\r\n* FLAGS ()\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n')
        else if (/^LOGOUT$/i.test(verb)) {
          good('* BYE sampai jumpa\r\n')
          socket.end()
        } else good()
      }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { server, port: (server.address() as AddressInfo).port, said }
}

test('connecting to the mailbox is tried at once, says what is wrong in one word, and takes nothing', async () => {
  const { server, port, said } = await aMailServer()
  const app = database.app()
  const with_url = (PANDU_IMAP_URL: string | undefined) =>
    ({ ...app, settings: { ...app.settings, PANDU_IMAP_URL } }) as typeof app
  const at = (password: string) => with_url(`imap://helpdesk:${password}@127.0.0.1:${port}/INBOX`)
  try {
    expect(await tryMailbox(at('benar'), system)).toEqual({ mails: 2, fault: null })
    expect(said).toContain('SELECT')
    expect(said.filter((verb) => /FETCH|STORE|UID|EXPUNGE/.test(verb))).toEqual([])
    expect(await tryMailbox(at('salah'), system)).toEqual({ mails: null, fault: 'sign_in' })
    await expect(tryMailbox(at('benar'), everybody)).rejects.toMatchObject({ kind: 'forbidden' })
    await expect(tryMailbox(with_url(undefined), system)).rejects.toMatchObject({ kind: 'not_found' })
  } finally {
    server.close()
  }
  await once(server, 'close')
  expect(await tryMailbox(at('benar'), system)).toEqual({ mails: null, fault: 'unreachable' })
})
