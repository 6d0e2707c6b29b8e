import type { RequestEvent } from '@sveltejs/kit'
import { dictionaries } from '#server/platform/words.ts'
import { format, type Key, type Language } from '#messages/format.ts'

type Why = 'unavailable' | 'stale'

/**
 * The page that loses nothing: while the database is away (503), or when a form is too old to be believed (403), a person sees that
 * nothing was saved, and what they typed, to be sent again from here. Complete HTML without the layout, which would ask the database.
 * @param form_token a fresh token for the same path, when there is somebody to sign it
 */
export async function keptForm(
  event: RequestEvent,
  language: Language,
  why: Why,
  form_token?: string,
): Promise<Response> {
  const say = (key: Key) => escape(format(dictionaries[language], language, key))
  const fields = event.request.method === 'POST' ? await fieldsOf(event.request) : []
  if (form_token !== undefined) fields.push(['form_token', form_token])
  const form = fields.length
    ? `<form method="post" action="${escape(event.url.pathname + event.url.search)}">${fields.map((one) => field(one, say('kept.your_text'))).join('')}
       <p><button>${say('kept.again')}</button></p></form>`
    : `<p><a href="${escape(event.url.pathname)}">${say('kept.again')}</a></p>`
  const explained = why === 'stale' ? 'kept.stale' : fields.length ? 'kept.not_saved' : 'kept.unavailable'
  const title = say(why === 'stale' ? 'kept.stale_title' : 'kept.unavailable_title')
  return new Response(
    `<!doctype html><html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
     <title>${title}</title></head><body><main><h1>${title}</h1><p role="alert">${say(explained)}</p>${form}</main></body></html>`,
    {
      status: why === 'stale' ? 403 : 503,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
        ...(why === 'unavailable' ? { 'retry-after': '10' } : {}),
      },
    },
  )
}

async function fieldsOf(request: Request): Promise<[string, string][]> {
  const form = await request.formData().catch(() => null)
  const fields = form ? [...form].filter((pair): pair is [string, string] => typeof pair[1] === 'string') : []
  return fields.filter(([name]) => !name.includes('password') && name !== 'form_token')
}

// What the person wrote is shown; what the page needs only travels along.
const field = ([name, value]: [string, string], label: string) =>
  /text|words/.test(name) || value.length > 60 || value.includes('\n')
    ? `<p><label>${label}<br><textarea name="${escape(name)}" rows="10" cols="40">${escape(value)}</textarea></label></p>`
    : `<input type="hidden" name="${escape(name)}" value="${escape(value)}">`

const escape = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
