import { connect, type Socket } from 'node:net'
import { MAIL_DOMAIN } from '../tests/e2e/start-pandu.ts'

const BODY = 'Printer kami tidak mencetak sejak pindah ke Linux; lampunya menyala dan antrean penuh.\r\n'.repeat(9)

/** One SMTP connection that sends mail after mail; commands go out together (RFC 2920). */
export class MailSender {
  readonly #socket: Socket
  #text = ''
  #waiting: { lines: number; resolve(text: string): void; reject(error: Error): void } | null = null
  #dead: Error | null = null

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text
      this.#tell()
    })
    const lost = () => {
      this.#dead = new Error('the mail connection was closed')
      this.#waiting?.reject(this.#dead)
      this.#waiting = null
    }
    socket.on('error', lost).on('close', lost)
  }

  static async open(port: number): Promise<MailSender> {
    const sender = new MailSender(connect({ host: '127.0.0.1', port, noDelay: true }))
    await sender.#answers(1)
    await sender.#ask('EHLO pengirim.contoh.id\r\n', 1)
    return sender
  }

  /** Sends one mail from a sender of its own; answers the milliseconds from the final dot to `250`. Throws with the server's line otherwise. */
  async send(name: string, body = BODY): Promise<number> {
    const envelope = `MAIL FROM:<p${name}@contoh.id>\r\nRCPT TO:<helpdesk@${MAIL_DOMAIN}>\r\nDATA\r\n`
    const ready = await this.#ask(envelope, 3)
    if (!/354/.test(ready)) throw new Error(ready)
    this.#socket.write(
      `From: Pemohon ${name} <p${name}@contoh.id>\r\nTo: helpdesk@${MAIL_DOMAIN}\r\nSubject: Permohonan ${name}\r\nMessage-ID: <${name}@contoh.id>\r\n\r\n${body}`,
    )
    const begun = performance.now()
    const answer = await this.#ask('.\r\n', 1)
    if (!answer.startsWith('250')) throw new Error(answer)
    return performance.now() - begun
  }

  close() {
    this.#socket.destroy()
  }

  #ask(text: string, answers: number): Promise<string> {
    const answered = this.#answers(answers)
    this.#socket.write(text)
    return answered
  }

  #answers(lines: number): Promise<string> {
    if (this.#dead) return Promise.reject(this.#dead)
    return new Promise((resolve, reject) => {
      this.#waiting = { lines, resolve, reject }
      this.#tell()
    })
  }

  // An answer's last line has a space behind its code; those before it a hyphen (RFC 5321 4.2.1).
  #tell() {
    const waiting = this.#waiting
    if (!waiting) return
    const last = [...this.#text.matchAll(/^\d{3} .*\r\n/gm)]
    const end = last[waiting.lines - 1]
    // What refuses one command refuses the next ones too: whoever reads the text sees the first code.
    if (!end) return
    const said = this.#text.slice(0, end.index + end[0].length)
    this.#text = this.#text.slice(said.length)
    this.#waiting = null
    waiting.resolve(said)
  }
}
