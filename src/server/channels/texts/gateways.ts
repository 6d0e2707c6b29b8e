import type { App } from '../../platform/app.ts'
import { openHttp } from '../sms/http/send.ts'
import { openGammu } from '../sms/gammu/open-gammu.ts'
import { openKannel } from '../sms/kannel/send.ts'
import { openSmpp } from '../sms/smpp/open-smpp.ts'
import { openTelegram, telegramLine } from '../telegram/send.ts'
import { openWhatsapp, whatsappLine } from '../whatsapp/send.ts'
import type { Gateway, GatewayKind } from './adapter.ts'
import { smsLines, type OpenedLine } from './read-gateways.ts'

/** A way out that stands open, with what the settings say of it. */
export interface OpenGateway {
  gateway: Gateway
  line: OpenedLine
}

/** What opens a way out; it connects by itself and again by itself, and `send` answers meanwhile that it is away. */
export type OpenLine = (app: App, line: OpenedLine) => Gateway

/** Each kind with what opens it; a kind that is missing cannot be used yet. */
const openers: Partial<Record<GatewayKind, OpenLine>> = {
  http: openHttp,
  gammu: openGammu,
  kannel: openKannel,
  smpp: openSmpp,
  telegram: openTelegram,
  whatsapp: openWhatsapp,
}

/** Opens all gateways of the settings. Called once, by whatever process sends; stops are the caller's. */
export function openGateways(app: App): OpenGateway[] {
  return textLines(app.settings).flatMap((line) => {
    const open = openers[line.kind]
    if (!open) app.log.error({ gateway: line.name, kind: line.kind }, 'this kind of gateway cannot be opened')
    return open ? [{ gateway: open(app, line), line }] : []
  })
}

/** Every way out for texts that the settings name, in the order in which they are tried. */
export const textLines = (settings: App['settings']): OpenedLine[] => [
  ...smsLines(settings),
  ...[whatsappLine(settings), telegramLine(settings)].filter((line) => line !== null),
]
