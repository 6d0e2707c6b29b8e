import { setTimeout as sleep } from 'node:timers/promises'
import type { App } from '../../platform/app.ts'
import type { KeptFile } from '../queue-messages.ts'
import type { DueText, Gateway, GatewayState, TextAttempt } from '../texts/adapter.ts'
import type { OpenedLine } from '../texts/read-gateways.ts'
import { callTelegram, TelegramAway, type TelegramAnswer } from './call-telegram.ts'
import { cutText } from './cut-text.ts'
import { buttonMark, textName } from './read.ts'

/** Files of ours are at most 25 MB, and sendDocument takes 50. */
const FILE_TIME_MS = 60_000
/** callback_data has 64 bytes; our part of it takes 23. */
const MEANS_BYTES_MAX = 41
/** A text in several pieces waits so long between them where Telegram asks us to; what takes longer is tried again later, from there on. */
const WAIT_MAX_S = 5
const WAITS_MAX = 3
/** Texts of which only the first pieces went: remembered so that a second attempt goes on there. */
const HALF_SENT_MAX = 500

/** Telegram's own limits (https://core.telegram.org/bots/faq): about 30 texts a second to different people, one a second to one. */
const PER_SECOND = 25

/** The one way out to Telegram, as the settings have it; null without a token. */
export function telegramLine(settings: App['settings']): OpenedLine | null {
  if (!settings.PANDU_TELEGRAM_TOKEN) return null
  return {
    name: 'telegram',
    kind: 'telegram',
    url: settings.PANDU_TELEGRAM_API,
    prefixes: [],
    from: null,
    cost: null,
    per_second: PER_SECOND,
    parts_max: 10,
  }
}

/**
 * Sends by the bot of `PANDU_TELEGRAM_TOKEN`: plain text without any mark-up, so that nobody's words become a link or a heading; long texts
 * in several pieces, the buttons under the last; each file as a document. Nothing is open between two calls.
 */
export function openTelegram(app: App): Gateway {
  const halves = new Map<string, string[]>()
  let state: GatewayState = { connected: null, since: null, last_error: null }
  const note = (connected: boolean, last_error: string | null) => {
    state = { connected, since: state.connected === connected ? state.since : new Date(), last_error }
  }
  return {
    name: 'telegram',
    kind: 'telegram',
    channel: 'telegram',
    async send(text) {
      const sent = halves.get(text.outbox_id) ?? []
      const attempt = await sendPieces(app, text, sent)
      if (attempt.state === 'accepted' || attempt.state === 'refused') halves.delete(text.outbox_id)
      else if (sent.length > 0 && halves.size < HALF_SENT_MAX) halves.set(text.outbox_id, sent)
      const away = attempt.state === 'unknown' || (attempt.state === 'later' && attempt.away)
      note(!away, away ? attempt.error : null)
      return attempt
    },
    state: () => state,
    stop: () => Promise.resolve(),
  }
}

/** One call: a piece of text, or a file. */
type Piece = { method: string; parameters: () => Promise<Record<string, unknown> | FormData>; time_ms?: number }

/** Sends what is not in `sent` yet, and adds to it what went. */
async function sendPieces(app: App, text: DueText, sent: string[]): Promise<TextAttempt> {
  for (const piece of piecesOf(app, text).slice(sent.length)) {
    const attempt = await sendPiece(app, text, piece, sent.length > 0)
    if ('id' in attempt) sent.push(attempt.id)
    // Of a text that is half there nobody may say that nothing was taken.
    else return sent.length > 0 && attempt.state === 'later' ? { state: 'unknown', error: attempt.error } : attempt
  }
  return { state: 'accepted', ids: [...sent] }
}

function piecesOf(app: App, text: DueText): Piece[] {
  const words = cutText(text.text)
  const keyboard = keyboardOf(text)
  return [
    ...words.map((piece, position) => ({
      method: 'sendMessage',
      parameters: () =>
        Promise.resolve({
          chat_id: text.to,
          text: piece,
          // A preview would fetch our signed links.
          link_preview_options: { is_disabled: true },
          ...(keyboard && position === words.length - 1 ? { reply_markup: keyboard } : {}),
        }),
    })),
    ...text.attachments.map((file) => ({
      method: 'sendDocument',
      parameters: () => formOf(app, text.to, file),
      time_ms: FILE_TIME_MS,
    })),
  ].filter(({ method }, position) => method !== 'sendMessage' || words[position] !== '')
}

function keyboardOf({ outbox_id, options }: DueText) {
  const buttons = (options.buttons ?? []).filter(({ means }) => Buffer.byteLength(means) <= MEANS_BYTES_MAX)
  if (buttons.length === 0) return null
  return {
    inline_keyboard: buttons.map(({ says, means }) => [{ text: says, callback_data: buttonMark(outbox_id, means) }]),
  }
}

async function formOf(app: App, chat_id: string, file: KeptFile): Promise<FormData> {
  const chunks: Buffer[] = []
  for await (const chunk of await app.files.read(file.sha256)) chunks.push(chunk as Buffer)
  const form = new FormData()
  form.set('chat_id', chat_id)
  form.set('document', new Blob([Buffer.concat(chunks)], { type: file.type }), file.name)
  return form
}

async function sendPiece(
  app: App,
  { to }: DueText,
  piece: Piece,
  goes_on: boolean,
): Promise<{ id: string } | TextAttempt> {
  for (let waits = 0; ; waits++) {
    let answer: TelegramAnswer
    try {
      const { time_ms } = piece
      answer = await callTelegram(app, piece.method, await piece.parameters(), time_ms ? { time_ms } : {})
    } catch (error) {
      if (!(error instanceof TelegramAway)) return { state: 'later', error: 'file_missing', away: false }
      return error.untouched
        ? { state: 'later', error: error.code, away: true }
        : { state: 'unknown', error: error.code }
    }
    if (answer.ok) return { id: textName(to, idOf(answer.result)) }
    // Asked to wait in the middle of a text: a moment is waited here, so that its pieces stay together.
    if (!goes_on || answer.code !== 429 || (answer.retry_after ?? 1) > WAIT_MAX_S || waits === WAITS_MAX)
      return refusalOf(answer)
    await sleep((answer.retry_after ?? 1) * 1000)
  }
}

const idOf = (result: unknown): number => Number((result as { message_id?: unknown } | null)?.message_id ?? 0)

/**
 * What a no means. The documentation lists no codes ("subject to change"): these are HTTP's, and what servers were seen to say. 403: they
 * blocked the bot, never wrote to it, or their account is gone. 400: this chat or this text, never to be taken. 401 and 404: our token.
 */
function refusalOf({ code, description, retry_after }: Extract<TelegramAnswer, { ok: false }>): TextAttempt {
  const error = `${code} ${description}`.trim()
  if (code === 429) return { state: 'later', error, away: false, after_ms: (retry_after ?? 1) * 1000 }
  if (code === 401 || code === 404 || code === 409) return { state: 'later', error, away: true }
  if (code >= 500) return { state: 'later', error, away: true }
  return { state: 'refused', error }
}
