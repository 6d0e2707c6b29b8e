import { hash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import type { App } from '#server/platform/app.ts'
import { markRoute, type MarkedRequest } from '#server/platform/marked-request.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { filledPage, sharedPage } from '#server/platform/shared-pages.ts'
import { chooseLanguage } from './choose-language.ts'
import { compressed } from './compressed.ts'
import { cookieNameOf } from './cookies.ts'
import { formTokenOf } from './form-token.ts'

/** As the hooks write it (cookies.set): the browser's nonce for form tokens. */
export const formCookie = (nonce: string, secure: boolean) =>
  `${cookieNameOf('form', secure)}=${nonce}; Path=/; HttpOnly;${secure ? ' Secure;' : ''} SameSite=Lax`

/**
 * Answers a page that is the same for everybody (src/hooks.server.ts shared it a moment ago) with this person's own tokens in its forms.
 * False: this request is one for SvelteKit, which makes the page.
 */
export function answerShared(app: App, secure: boolean, request: MarkedRequest, response: ServerResponse): boolean {
  const { method, url = '/', headers } = request
  if (method !== 'GET' || !app.available()) return false
  const cookies = headers.cookie ?? ''
  const language = chooseLanguage(cookieIn(cookies, cookieNameOf('language', secure)), headers['accept-language'])
  const page = sharedPage(app, `${language} ${url}`)
  const known = cookieIn(cookies, cookieNameOf('form', secure))
  if (!page || known === 'unreadable') return false

  markRoute(request, page.route)
  const nonce = known || randomToken()
  const html = filledPage(page, (hole) =>
    hole === 'random_id' ? randomToken() : formTokenOf(app, nonce, hole.token_for),
  )
  for (const [name, value] of page.headers) response.setHeader(name, value)
  response.setHeader('etag', `"${hash('sha1', html, 'base64url')}"`)
  response.setHeader('vary', 'Accept-Encoding')
  if (!known) response.setHeader('set-cookie', formCookie(nonce, secure))
  if (headers['if-none-match'] === response.getHeader('etag')) {
    response.writeHead(304).end()
    return true
  }
  const { body, coding } = compressed(html, headers['accept-encoding'] as string | undefined)
  if (coding) response.setHeader('content-encoding', coding)
  response.setHeader('content-length', body.length)
  response.writeHead(200).end(body)
  return true
}

/** Our own cookies are letters and digits; whatever else somebody put there is left to the full reader. */
export function cookieIn(cookies: string, name: string): string | undefined {
  const found = new RegExp(`(?:^|;\\s*)${name}=([^;]*)`).exec(cookies)?.[1]?.trim()
  return found === undefined || /^[a-z0-9]*$/i.test(found) ? found : 'unreadable'
}
