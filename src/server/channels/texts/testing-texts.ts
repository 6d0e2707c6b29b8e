/** For tests only: a gateway that does what the test says, and texts for it. */
import type { NewMessage } from '../queue-messages.ts'
import type { DueText, Gateway, TextAttempt } from './adapter.ts'
import type { OpenGateway } from './gateways.ts'
import { channelOf, readGatewayLines, type OpenedLine } from './read-gateways.ts'

export interface TestGateway extends OpenGateway {
  asked: DueText[]
  /** What it answers next; by itself it accepts, with an id for each part. */
  answer: (text: DueText) => TextAttempt | Promise<TextAttempt>
  connected: boolean | null
  /** Another process has the line. */
  elsewhere: boolean
}

let count = 0
export const accept = ({ parts }: DueText): TextAttempt => ({
  state: 'accepted',
  ids: (parts.length === 0 ? [''] : parts).map(() => `id-${++count}`),
})

/** @param line as in the settings; its address is never asked */
export function aGateway(line = 'smpp://u:p@smsc.contoh.test#name=satu', given: Partial<OpenedLine> = {}): TestGateway {
  const opened = { ...readGatewayLines(line)[0]!, ...given }
  const gateway: Gateway = {
    ...(opened.kind === 'gammu' ? { recognises: true } : {}),
    name: opened.name,
    kind: opened.kind,
    channel: channelOf(opened),
    async send(text) {
      one.asked.push(text)
      return one.answer(text)
    },
    state: () => ({ connected: one.connected, since: null, last_error: null, elsewhere: one.elsewhere }),
    stop: async () => undefined,
  }
  const one: TestGateway = { gateway, line: opened, asked: [], answer: accept, connected: true, elsewhere: false }
  return one
}

export const aText = (given: Partial<NewMessage> = {}): NewMessage => ({
  channel: 'sms',
  kind: 'reply',
  recipient: '+6281234567890',
  text: 'Coba matikan lalu nyalakan lagi.',
  language: 'id',
  automatic: false,
  ...given,
})
