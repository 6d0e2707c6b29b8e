import type { App } from '../../platform/app.ts'
import type { DueText, Gateway, GatewayState, TextAttempt } from '../texts/adapter.ts'
import type { OpenedLine } from '../texts/read-gateways.ts'
import { callApi, NoAnswer, type ApiAnswer } from './call-api.ts'
import { refusalOf } from './errors.ts'
import { listIn, recordIn, textIn } from './json.ts'
import { ownId } from './own-id.ts'
import { piecesOf, uploadForm, type Piece } from './pieces.ts'
import { whatsappSettings, type WhatsappSettings } from './settings.ts'
import { USER_ID, WHATSAPP } from './split-batch.ts'

/** Texts of which something went and something did not: what went is not sent again while this process lives. */
const HALF_SENT_MAX = 500

/** Meta's page "Throughput" (v25.0): 80 a second for a number; leaves room for what others send by it. */
const PER_SECOND = 40

/** The way out by WhatsApp as the settings name it; null where this installation has none. */
export function whatsappLine(settings: App['settings']): OpenedLine | null {
  const known = whatsappSettings(settings)
  if (!known) return null
  return {
    name: WHATSAPP,
    kind: 'whatsapp',
    url: known.api,
    prefixes: [],
    from: known.number,
    cost: null,
    per_second: PER_SECOND,
    parts_max: 10,
  }
}

/** Sends by the number of the settings. Nothing is open between two calls. Throws where the settings name none. */
export function openWhatsapp(app: App): Gateway {
  const known = whatsappSettings(app.settings)
  if (!known) throw new TypeError('WhatsApp is not set up')
  const settings: WhatsappSettings = known
  let state: GatewayState = { connected: null, since: null, last_error: null }
  const note = (connected: boolean, last_error: string | null) => {
    state = { connected, since: state.connected === connected ? state.since : new Date(), last_error }
  }
  const gone = new Map<string, string>()

  async function send(text: DueText): Promise<TextAttempt> {
    const ids: string[] = []
    const pieces = piecesOf(text)
    for (const [index, piece] of pieces.entries()) {
      const own = ownId(text.outbox_id, index + 1)
      const known = gone.get(own)
      const attempt: TextAttempt = known
        ? { state: 'accepted', ids: [known] }
        : await handOver(app, settings, { piece, to: text.to, own })
      if (attempt.state !== 'accepted') return attempt
      const id = attempt.ids[0] ?? ''
      ids.push(id)
      if (pieces.length > 1) gone.set(own, id)
      if (gone.size > HALF_SENT_MAX) gone.delete(gone.keys().next().value!)
    }
    for (const index of pieces.keys()) gone.delete(ownId(text.outbox_id, index + 1))
    return { state: 'accepted', ids: ids.map((id) => id || null) }
  }

  return {
    name: WHATSAPP,
    kind: 'whatsapp',
    channel: 'whatsapp',
    async send(text) {
      const attempt = await send(text)
      if (attempt.state === 'accepted' || attempt.state === 'refused') note(true, null)
      else note(!(attempt.state === 'later' && attempt.away), attempt.error)
      return attempt
    },
    state: () => state,
    stop: () => Promise.resolve(),
  }
}

async function handOver(
  app: App,
  settings: WhatsappSettings,
  { piece, to, own }: { piece: Piece; to: string; own: string },
): Promise<TextAttempt> {
  let answer: ApiAnswer
  try {
    let media: Record<string, string> = {}
    if (piece.file) {
      const uploaded = await upload(app, settings, piece.file)
      if ('state' in uploaded) return uploaded
      media = uploaded
    }
    const body = {
      messaging_product: 'whatsapp',
      recipient_type: 'individual',
      // Whoever shows no number is reached by the id that Meta gave them.
      ...(USER_ID.test(to) ? { recipient: to } : { to: to.replace(/^\+/, '') }),
      type: piece.type,
      [piece.type]: { ...piece.body, ...media },
      biz_opaque_callback_data: own,
    }
    answer = await callApi(settings, `/${settings.number_id}/messages`, {
      body: JSON.stringify(body),
      type: 'application/json',
    })
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return error.arrived === 'no'
      ? { state: 'later', error: error.said, away: true, after_ms: 30_000 }
      : { state: 'unknown', error: error.said }
  }
  if (!answer.good) return refusalOf(answer)
  const id = textIn(recordIn(listIn(answer.body, 'messages')[0]), 'id')
  return { state: 'accepted', ids: [id || null] }
}

/** Nothing is sent by this: without an answer it may be tried again. */
async function upload(
  app: App,
  settings: WhatsappSettings,
  file: NonNullable<Piece['file']>,
): Promise<{ id: string } | Extract<TextAttempt, { state: 'later' | 'refused' }>> {
  let answer: ApiAnswer
  try {
    answer = await callApi(settings, `/${settings.number_id}/media`, await uploadForm(app, file))
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    return { state: 'later', error: error.said, away: true, after_ms: 30_000 }
  }
  if (!answer.good) {
    const refusal = refusalOf(answer)
    return refusal.state === 'unknown' ? { state: 'later', error: refusal.error, away: true } : refusal
  }
  return { id: textIn(answer.body, 'id') }
}
