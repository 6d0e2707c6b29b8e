import type { App } from '../../platform/app.ts'
import { say } from '../../platform/words.ts'
import type { DueText } from '../texts/adapter.ts'
import type { KeptFile } from '../queue-messages.ts'

/** Meta's limits (pages "Text messages", "Interactive reply buttons", "Media", v25.0). */
export const TEXT_LENGTH_MAX = 4096
const CAPTION_LENGTH_MAX = 1024
const BUTTON_TEXT_LENGTH_MAX = 1024
const BUTTON_LENGTH_MAX = 20
const BUTTONS_MAX = 3
const MB = 1024 * 1024

/** What one request carries; a file is uploaded just before. */
export interface Piece {
  type: 'text' | 'interactive' | 'template' | 'image' | 'video' | 'audio' | 'document'
  body: Record<string, unknown>
  file?: KeptFile
}

/** One text as the messages that carry it: the words first, because they say what the files are. */
export function piecesOf(text: DueText): Piece[] {
  if (text.options.template) return [templatePiece(text.options.template)]
  const files = text.attachments.filter((file) => kindOf(file) !== null)
  const left_out = text.attachments.filter((file) => kindOf(file) === null)
  const words = [
    text.text.trim(),
    ...(left_out.length > 0
      ? [say(text.language, 'whatsapp.files_left_out', { names: left_out.map(({ name }) => name).join(', ') })]
      : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
  const buttons = (text.options.buttons ?? []).slice(0, BUTTONS_MAX)
  const [first, ...others] = files
  if (
    first &&
    others.length === 0 &&
    buttons.length === 0 &&
    words.length <= CAPTION_LENGTH_MAX &&
    kindOf(first) !== 'audio'
  )
    return [filePiece(first, words)]
  return [...wordPieces(words, buttons), ...files.map((file) => filePiece(file, ''))]
}

/** Values of a template are one line; an empty one is refused. */
function templatePiece({ name, language, values }: NonNullable<DueText['options']['template']>): Piece {
  const parameters = values.map((value) => ({ type: 'text', text: value.replace(/\s+/g, ' ').trim() || '-' }))
  const components = parameters.length > 0 ? [{ type: 'body', parameters }] : []
  return { type: 'template', body: { name, language: { code: language }, components } }
}

function wordPieces(words: string, buttons: readonly { says: string; means: string }[]): Piece[] {
  const parts = cutAtWords(words, TEXT_LENGTH_MAX)
  const texts = (some: readonly string[]): Piece[] =>
    some.map((body) => ({ type: 'text', body: { body, preview_url: false } }))
  if (buttons.length === 0) return texts(parts)
  const last = parts.at(-1) ?? ''
  const fits = last !== '' && last.length <= BUTTON_TEXT_LENGTH_MAX
  const action = {
    buttons: buttons.map(({ says, means }) => ({
      type: 'reply',
      reply: { id: means, title: cut(says, BUTTON_LENGTH_MAX) },
    })),
  }
  return [
    ...texts(fits ? parts.slice(0, -1) : parts),
    { type: 'interactive', body: { type: 'button', body: { text: fits ? last : '👇' }, action } },
  ]
}

/** At the last blank or line break that fits; within a word only where it is longer than a whole message. */
function cutAtWords(words: string, length_max: number): string[] {
  const parts: string[] = []
  let rest = words
  while (rest.length > length_max) {
    const piece = cut(rest, length_max)
    const border = Math.max(piece.lastIndexOf('\n'), piece.lastIndexOf(' '))
    const end = border > 0 ? border : piece.length
    parts.push(rest.slice(0, end).trimEnd())
    rest = rest.slice(end).trimStart()
  }
  return rest === '' ? parts : [...parts, rest]
}

/** Never between the two halves of a letter. */
const cut = (text: string, length_max: number) => text.slice(0, length_max).replace(/[\ud800-\udbff]$/, '')

const KINDS: Readonly<
  Record<'image' | 'video' | 'audio' | 'document', { types: readonly string[]; size_max: number }>
> = {
  image: { types: ['image/jpeg', 'image/png'], size_max: 5 * MB },
  video: { types: ['video/mp4', 'video/3gpp'], size_max: 16 * MB },
  audio: { types: ['audio/aac', 'audio/amr', 'audio/mpeg', 'audio/mp4', 'audio/ogg'], size_max: 16 * MB },
  document: {
    types: [
      'text/plain',
      'application/pdf',
      'application/msword',
      'application/vnd.ms-excel',
      'application/vnd.ms-powerpoint',
      'application/vnd.openxmlformats-officedocument.wordprocessingml.document',
      'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
      'application/vnd.openxmlformats-officedocument.presentationml.presentation',
    ],
    size_max: 100 * MB,
  },
}

/** As what WhatsApp takes a file; null where it takes it not at all. */
function kindOf({ type, size }: KeptFile): keyof typeof KINDS | null {
  for (const [kind, { types, size_max }] of Object.entries(KINDS))
    if (types.includes(type)) return size <= size_max ? (kind as keyof typeof KINDS) : null
  return null
}

function filePiece(file: KeptFile, caption: string): Piece {
  const type = kindOf(file)!
  return {
    type,
    file,
    body: { ...(caption === '' ? {} : { caption }), ...(type === 'document' ? { filename: file.name } : {}) },
  }
}

/** The bytes of a kept file, as a form that Meta's upload takes. */
export async function uploadForm(app: App, file: KeptFile): Promise<{ body: Uint8Array; type: string }> {
  const chunks: Buffer[] = []
  for await (const chunk of await app.files.read(file.sha256)) chunks.push(chunk as Buffer)
  const form = new FormData()
  form.set('messaging_product', 'whatsapp')
  form.set('type', file.type)
  form.set('file', new Blob([new Uint8Array(Buffer.concat(chunks))], { type: file.type }), file.name)
  const made = new Response(form)
  return { body: new Uint8Array(await made.arrayBuffer()), type: made.headers.get('content-type')! }
}
