import { buffer } from 'node:stream/consumers'
import { fetchOutside } from '#server/platform/fetch-outside.ts'
import { imageType } from '#server/desks/index.ts'
import type { App } from '#server/platform/app.ts'
import type { MailForm } from '#server/tickets/index.ts'
import { POLICY } from './mail-policy.ts'

/** Of one picture, and of all pictures of a mail together: they stand in the page itself. */
const PICTURE_BYTES_MAX = 2 * 1024 * 1024
const PICTURES_BYTES_MAX = 10 * 1024 * 1024
const REMOTE_MAX = 30
const REMOTE_AT_ONCE_MAX = 4
const REMOTE_MS = 5_000
/** An SVG can hold a program; these cannot. */
const BITMAPS = ['image/png', 'image/jpeg', 'image/gif', 'image/webp']

// The host stands behind every link, in a style of its own that the mail's styles do not reach.
const STYLE = `body{margin:8px;font:16px/1.5 system-ui,sans-serif;color:#16202a;background:#fff;overflow-wrap:anywhere}
img{max-width:100%;height:auto}table{max-width:100%}blockquote{margin:0 0 0 8px;padding-left:8px;border-left:2px solid #ccc}
a[data-host]::after{content:" [" attr(data-host) "]";color:#16202a;background:#fff;font:12px/1.5 system-ui,sans-serif;text-decoration:none;display:inline-block}
.blocked{border:1px dashed #999;padding:0 4px;color:#555;font-size:12px}`

/**
 * One mail as it was sent, for a frame of the desk's page. Pictures that came with it stand in the page; those from outside only when
 * somebody asked for them, and then this server fetches them (platform/fetch-outside.ts).
 */
export async function mailPage(
  app: App,
  form: MailForm,
  { language, remote }: { language: string; remote: boolean },
): Promise<Response> {
  const addresses = remote ? [...form.html.matchAll(IMAGE)].filter((match) => match[2] === 'remote') : []
  const pictures = new Map([
    ...(await ownPictures(app, form)),
    ...(await remotePictures([...new Set(addresses.map((match) => unescape(match[3]!)))])),
  ])
  let left = PICTURES_BYTES_MAX
  const body = form.html.replace(IMAGE, (_, before: string, kind: string, name: string, after: string) => {
    const picture = pictures.get(`${kind} ${unescape(name)}`)
    if (!picture || picture.length > left) return `<span class="blocked">${altOf(before + after)}</span>`
    left -= picture.length
    return `<img${before} src="${picture}"${after}>`
  })
  return new Response(
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><title>.</title><style>${STYLE}</style></head><body>${body}</body></html>`,
    {
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': POLICY,
        'x-frame-options': 'SAMEORIGIN',
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'no-referrer',
        'cache-control': 'private, no-store',
        'x-robots-tag': 'noindex',
      },
    },
  )
}

/**
 * As the sanitiser writes it (channels/email/harmless-html.ts): every value quoted, every sign in it that could end it escaped. Read one
 * whole attribute after the other: `data-cid=` inside somebody's value is none, and a picture put there would end the quotes of another.
 */
const IMAGE = /<img((?: [a-z-]+(?:="[^"]*")?)*?) data-(cid|remote)="([^"]*)"((?: [a-z-]+(?:="[^"]*")?)*) ?\/?>/g

const altOf = (attributes: string) => /alt="([^"]*)"/.exec(attributes)?.[1] || '…'

const unescape = (text: string) =>
  text.replaceAll('&lt;', '<').replaceAll('&gt;', '>').replaceAll('&quot;', '"').replaceAll('&amp;', '&')

/** Only what is a picture by its bytes: what the sender calls it proves nothing. */
function dataAddress(bytes: Buffer): string | null {
  const type = imageType(bytes)
  return type && BITMAPS.includes(type) ? `data:${type};base64,${bytes.toString('base64')}` : null
}

async function ownPictures(app: App, { pictures }: MailForm): Promise<[string, string][]> {
  const found: [string, string][] = []
  let left = PICTURES_BYTES_MAX
  for (const { content_id, sha256, size } of pictures) {
    if (size > Math.min(left, PICTURE_BYTES_MAX)) continue
    left -= size
    const address = dataAddress(await buffer(await app.files.read(sha256)))
    if (address) found.push([`cid ${content_id}`, address])
  }
  return found
}

/** What cannot be fetched stays a blocked picture; nobody waits longer than for the slowest few. */
async function remotePictures(addresses: readonly string[]): Promise<[string, string][]> {
  const waiting = addresses.slice(0, REMOTE_MAX)
  const found: [string, string][] = []
  async function work(): Promise<void> {
    for (let address = waiting.shift(); address !== undefined; address = waiting.shift()) {
      const answer = await fetchOutside(address, {
        types: BITMAPS,
        size_max: PICTURE_BYTES_MAX,
        time_ms: REMOTE_MS,
      }).catch(() => null)
      const picture = answer ? dataAddress(answer.bytes) : null
      if (picture) found.push([`remote ${address}`, picture])
    }
  }
  await Promise.all(Array.from({ length: REMOTE_AT_ONCE_MAX }, work))
  return found
}
