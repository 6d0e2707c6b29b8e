import { z } from 'zod'
import { say } from '../../platform/words.ts'
import {
  UnreadableText,
  type Heard,
  type HeardText,
  type Media,
  type NothingHeard,
  type Read,
} from '../texts/adapter.ts'
import { readCommand } from './read-command.ts'

/**
 * The parts of an update that matter here (Bot API 8.0, "Update" and "Message"; docs/channels.md says what was read). Every
 * other field is left alone, so that a newer version of the protocol changes nothing.
 */
const Id = z.number().int().refine(Number.isSafeInteger)
const User = z.object({
  id: Id,
  is_bot: z.boolean().optional(),
  first_name: z.string().optional(),
  last_name: z.string().optional(),
})
const Chat = z.object({ id: Id, type: z.string() })
const File = z.object({
  file_id: z.string().min(1).max(500),
  file_size: z.number().nonnegative().optional(),
  file_name: z.string().optional(),
  mime_type: z.string().optional(),
})
const Location = z.object({ latitude: z.number(), longitude: z.number() })
const Message = z.object({
  message_id: Id,
  // A day that no calendar has is not told.
  date: z.number().int().positive().max(8.64e12).nullable().catch(null),
  chat: Chat,
  from: User.optional(),
  text: z.string().optional(),
  caption: z.string().optional(),
  edit_date: z.number().optional(),
  reply_to_message: z.object({ message_id: Id, chat: Chat, from: User.optional() }).optional(),
  forward_origin: z.object({ type: z.string() }).optional(),
  photo: z.array(File).optional(),
  document: File.optional(),
  voice: File.optional(),
  audio: File.optional(),
  video: File.optional(),
  video_note: File.optional(),
  animation: File.optional(),
  sticker: z.object({ emoji: z.string().optional() }).optional(),
  location: Location.optional(),
  venue: z.object({ location: Location, title: z.string(), address: z.string() }).optional(),
  contact: z.object({ phone_number: z.string(), first_name: z.string(), last_name: z.string().optional() }).optional(),
  poll: z.object({}).optional(),
  dice: z.object({}).optional(),
  story: z.object({}).optional(),
  checklist: z.object({}).optional(),
  paid_media: z.object({}).optional(),
})
type Message = z.infer<typeof Message>
const Pressed = z.object({
  id: z.string(),
  from: User,
  data: z.string().optional(),
  message: z
    .object({
      message_id: Id,
      chat: Chat,
      reply_markup: z
        .object({
          inline_keyboard: z.array(z.array(z.object({ text: z.string(), callback_data: z.string().optional() }))),
        })
        .optional(),
    })
    .optional(),
})
const Update = z.object({
  update_id: Id,
  message: Message.optional(),
  edited_message: Message.optional(),
  callback_query: Pressed.optional(),
})

/** What stands behind a button of ours: the text under which it was set, so that no two have the same, and what it means. 1 to 64 bytes altogether. */
export const buttonMark = (outbox_id: string, means: string): string =>
  `${Buffer.from(outbox_id.replaceAll('-', ''), 'hex').toString('base64url')}.${means}`

/** How a text is called between us and Telegram: its number counts only inside its chat. */
export const textName = (chat_id: number | string, message_id: number): string => `${chat_id}:${message_id}`

/** The JSON of an item: as it was fetched, or behind the head of the request that brought it. */
export function bodyOfUpdate(raw: Buffer): Buffer {
  const end = raw.subarray(0, 5).toString() === 'POST ' ? raw.indexOf('\r\n\r\n') : -1
  return end < 0 ? raw : raw.subarray(end + 4)
}

/**
 * What one update of Telegram means. Only what somebody wrote to the bot itself is heard; a group is never answered and opens nothing.
 * Its words for what has none (a place, a sticker) are Indonesian: the desk reads them.
 * @throws UnreadableText `not_json`, `not_telegram`
 */
export const readTelegram: Read = ({ raw, greeting }): Heard => {
  const update = parse(bodyOfUpdate(raw))
  const bot_id = greeting.split(':')[1] ?? ''
  if (update.callback_query) return readPress(update.callback_query, bot_id)
  const message = update.message ?? update.edited_message
  if (!message) return nothing('not_for_us')
  return readMessage(message, bot_id, update.message === undefined)
}

function parse(body: Buffer): z.infer<typeof Update> {
  let told: unknown
  try {
    told = JSON.parse(body.toString())
  } catch {
    throw new UnreadableText('not_json')
  }
  const { success, data } = Update.safeParse(told)
  if (!success) throw new UnreadableText('not_telegram')
  return data
}

const nothing = (reason: string): NothingHeard => ({ kind: 'nothing', reason })

function readMessage(message: Message, bot_id: string, edited: boolean): Heard {
  if (message.chat.type !== 'private' || message.chat.id <= 0) return nothing('group')
  if (message.from?.is_bot) return nothing('bot')
  // Also told as changed: a place that is shared live, each few seconds.
  if (edited && message.text === undefined && message.caption === undefined) return nothing('edited')
  const media = edited ? [] : mediaOf(message)
  const text = textOf(message)
  if (text === '' && media.length === 0) return nothing('service')
  const { reply_to_message: answered } = message
  return {
    ...heardFrom(message.chat.id, message.from, bot_id),
    text,
    at: message.date === null ? null : new Date(message.date * 1000),
    remote_id: textName(message.chat.id, message.message_id),
    answers_remote_id: answered ? textName(answered.chat.id, answered.message_id) : null,
    // A newer version of what they wrote stands beside the old one; it is no request of its own.
    ...(edited ? { edited, original_id: textName(message.chat.id, message.message_id) } : {}),
    media,
  }
}

function readPress({ from, message, data = '' }: z.infer<typeof Pressed>, bot_id: string): Heard {
  // Only under a text that we wrote to this very person; in an inline message or a group nobody knows for whom it was.
  if (!message || message.chat.type !== 'private' || message.chat.id !== from.id) return nothing('group')
  const [, means = ''] = /^[\w-]{22}\.(.{1,41})$/s.exec(data) ?? []
  if (means === '') return nothing('button')
  const labels = message.reply_markup?.inline_keyboard.flat() ?? []
  return {
    ...heardFrom(from.id, from, bot_id),
    // Of a text that is too old for Telegram to tell, the label is not known any more.
    text: clean(labels.find((one) => one.callback_data === data)?.text ?? '') || means,
    at: null,
    remote_id: null,
    answers_remote_id: textName(message.chat.id, message.message_id),
    button: means,
    media: [],
  }
}

function heardFrom(chat_id: number, from: z.infer<typeof User> | undefined, bot_id: string) {
  const name = clean(`${from?.first_name ?? ''} ${from?.last_name ?? ''}`)
  return {
    kind: 'text',
    from: String(chat_id),
    to: bot_id,
    name,
    part: null,
    button: null,
  } satisfies Partial<HeardText>
}

/** PostgreSQL takes no NUL, and half a pair of UTF-16 is no letter. */
const clean = (text: string) => text.replaceAll('\0', '').toWellFormed().trim()

/** What they wrote, and words for what is neither text nor file, so that nothing that somebody sent goes by unseen. */
function textOf(message: Message): string {
  const written = clean(message.text ?? message.caption ?? '')
  const parts = [message.text === undefined ? written : readCommand(written), ...wordsFor(message)]
  const text = parts.filter((part) => part !== '').join('\n')
  return text !== '' && message.forward_origin ? say('id', 'telegram.forwarded', { text }) : text
}

function* wordsFor({ sticker, venue, location, contact, ...rest }: Message): Iterable<string> {
  if (sticker) yield clean(sticker.emoji ?? '') || say('id', 'telegram.sticker')
  if (venue) yield clean(`${venue.title}, ${venue.address}`)
  const place = venue?.location ?? location
  if (place) yield say('id', 'telegram.place', { place: `${place.latitude}, ${place.longitude}` })
  if (contact) {
    const name = clean(`${contact.first_name} ${contact.last_name ?? ''}`)
    yield say('id', 'telegram.contact', { name, number: clean(contact.phone_number) })
  }
  if (rest.poll || rest.dice || rest.story || rest.checklist || rest.paid_media) yield say('id', 'telegram.other')
}

function mediaOf({ photo, document, voice, audio, video, video_note, animation }: Message): Media[] {
  // Of a photo there are several sizes: the largest stands last.
  const picture = photo?.at(-1)
  const files: [z.infer<typeof File> | undefined, string][] = [
    [picture, 'image/jpeg'],
    [voice, 'audio/ogg'],
    [audio, 'audio/mpeg'],
    [video, 'video/mp4'],
    [video_note, 'video/mp4'],
    // An animation is told a second time as a document.
    [document ?? animation, 'application/octet-stream'],
  ]
  return files.flatMap(([file, type]) =>
    file
      ? [
          {
            remote_id: file.file_id,
            name: clean(file.file_name ?? '').slice(0, NAME_LENGTH_MAX) || null,
            type: /^[\w.+-]{1,60}\/[\w.+-]{1,80}$/.test(file.mime_type ?? '') ? file.mime_type!.toLowerCase() : type,
            size: file.file_size ?? null,
          },
        ]
      : [],
  )
}

const NAME_LENGTH_MAX = 200
