import { dictionaries } from '#server/platform/words.ts'
import { format, type Key, type Language } from '#messages/format.ts'

/**
 * Why a request is answered without a page of its own: the database is away (503), the form is too old to be believed or comes from
 * another site (403), nothing can be read in it (400), it is larger than anything we take (413), who sent it is not signed in any more (401),
 * or it carries fields that its action does not know (422, form-catalog.ts).
 */
type Why = 'unavailable' | 'stale' | 'foreign' | 'unreadable' | 'too_large' | 'signed_out' | 'unknown'

const statuses: Record<Why, number> = {
  unavailable: 503,
  stale: 403,
  foreign: 403,
  unreadable: 400,
  too_large: 413,
  signed_out: 401,
  unknown: 422,
}

/**
 * The page that loses nothing: a person sees that nothing was saved, and what they typed, to be sent again from here; what came from
 * another site is only shown. Complete HTML without the layout, which would ask the database.
 * @param given.form what was posted, where it could be read
 * @param given.form_token a fresh token for the same path, when there is somebody to sign it; else the form keeps its own
 * @param given.unknown names of fields that are told, and left out of what can be sent again
 * @param given.cookie the cookie that the token needs; nothing else adds it to an answer that no page made
 */
export function keptForm(
  { url }: { url: URL },
  language: Language,
  why: Why,
  given: { form?: FormData | null; form_token?: string; cookie?: string | undefined; unknown?: readonly string[] } = {},
): Response {
  const say = (key: Key) => escape(format(dictionaries[language], language, key))
  // Two slashes at its beginning would lead to another host, with everything that was typed.
  const path = url.pathname.replace(/^[/\\]+/, '/')
  const unknown = given.unknown ?? []
  const fields = (given.form ? fieldsOf(given.form, given.form_token) : []).filter(([name]) => !unknown.includes(name))
  const named = unknown.slice(0, NAMES_TOLD_MAX).map((name) => `<li>${escape(name.slice(0, 60))}</li>`)
  const told = named.length > 0 ? `<ul>${named.join('')}</ul>` : ''
  const typed = fields.map((one) => field(one, say('kept.your_text'))).join('')
  const form = typed
    ? `<form method="post" action="${escape(path + url.search)}">${typed}<p><button>${say('kept.again')}</button></p></form>`
    : `<p><a href="${escape(path)}">${say('kept.again')}</a></p>`
  // In another tab, because this page is the only place where the words are.
  const door = why === 'signed_out' ? `<p><a href="/sign-in" target="_blank">${say('kept.sign_in')}</a></p>` : ''
  const shown = fields.filter(isWritten).map((one) => field(one, say('kept.your_text')))
  const explained = why === 'unavailable' && typed ? 'kept.not_saved' : (`kept.${why}` as const)
  const title = say(`kept.${why}_title`)
  const response = new Response(
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
     <title>${title}</title></head><body><main><h1>${title}</h1><p role="alert">${say(explained)}</p>${told}${door}${
       why === 'foreign' ? shown.join('') : form
     }</main></body></html>`,
    {
      status: statuses[why],
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        'x-content-type-options': 'nosniff',
        'referrer-policy': 'same-origin',
        ...(why === 'unavailable' ? { 'retry-after': '10' } : {}),
      },
    },
  )
  if (given.cookie) response.headers.append('set-cookie', given.cookie)
  return response
}

/** Whoever sends hundreds has not made them by mistake. */
const NAMES_TOLD_MAX = 5

type Typed = [name: string, value: string]

function fieldsOf(form: FormData, form_token: string | undefined): Typed[] {
  const fields = [...form].filter((pair): pair is Typed => typeof pair[1] === 'string' && !pair[0].includes('password'))
  if (form_token === undefined) return fields
  return [...fields.filter(([name]) => name !== 'form_token'), ['form_token', form_token]]
}

// What the person wrote is shown; what the page needs only travels along.
const isWritten = ([name, value]: Typed) =>
  /text|words|answer|not_solved/.test(name) || value.length > 60 || value.includes('\n')

const field = ([name, value]: Typed, label: string) =>
  isWritten([name, value])
    ? `<p><label>${label}<br><textarea name="${escape(name)}" rows="10" cols="40">${escape(value)}</textarea></label></p>`
    : `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
