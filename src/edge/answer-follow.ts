import type { ServerResponse } from 'node:http'
import type { App } from '#server/platform/app.ts'
import { markRoute, type MarkedRequest } from '#server/platform/marked-request.ts'
import { makerOf } from '#server/platform/page-makers.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { aroundPublic } from './around-public.ts'
import { cookieIn, formCookie } from './answer-shared.ts'
import { chooseLanguage } from './choose-language.ts'
import { compressed } from './compressed.ts'
import { cookieNameOf } from './cookies.ts'
import { holderOf } from './follow-link.ts'
import { formTokenOf } from './form-token.ts'
import { seeRequest } from './see-request.ts'

/** The follow page's pattern: src/hooks.server.ts keeps its maker under it. */
export const FOLLOW_ROUTE = '/(public)/follow/[token]'

/**
 * Answers a follow page past SvelteKit: everything is read anew, by the same function as its load, and only the way around it is left out.
 * False: not such a page, or none was made yet in this process. Whatever does not go smoothly (a link that leads nowhere, a database that
 * is away) is `otherwise`'s, SvelteKit's, which begins anew and says it properly.
 */
export function answerFollow(
  app: App,
  secure: boolean,
  request: MarkedRequest,
  response: ServerResponse,
  otherwise: () => void,
): boolean {
  const { method, url: path = '/', headers } = request
  const maker = makerOf(app, FOLLOW_ROUTE)
  const token = /^\/follow\/([a-z2-7]{32})$/.exec(path)?.[1]
  if (method !== 'GET' || !maker || !token || !app.available()) return false
  const cookies = headers.cookie ?? ''
  const language = chooseLanguage(cookieIn(cookies, cookieNameOf('language', secure)), headers['accept-language'])
  const known = cookieIn(cookies, cookieNameOf('form', secure))
  if (known === 'unreadable') return false

  const nonce = known || randomToken()
  const url = new URL(path, app.settings.PANDU_ORIGIN)
  void holderOf(app, token)
    .then((actor) => Promise.all([seeRequest(app, actor, token), aroundPublic(app, { language, url })]))
    .then(([seen, around]) => {
      const form_token = formTokenOf(app, nonce, path)
      return maker.html({ ...around, ...seen, language, form_token, done: undefined, withdrawing: false }, url)
    })
    .then(send, otherwise)
    .catch((thrown: unknown) => {
      // Nobody waits for this promise: unheard, it would end the process; unanswered, the visitor would wait.
      const failure = thrown instanceof Error ? thrown.name : typeof thrown
      app.log.error({ request_id: request.request_id, route: FOLLOW_ROUTE, failure }, 'a request failed')
      response.destroy()
    })
  return true

  function send(html: string) {
    markRoute(request, FOLLOW_ROUTE)
    for (const [name, value] of maker!.headers) response.setHeader(name, value)
    response.setHeader('vary', 'Accept-Encoding')
    if (!known) response.setHeader('set-cookie', formCookie(nonce, secure))
    const { body, coding } = compressed(html, headers['accept-encoding'] as string | undefined)
    if (coding) response.setHeader('content-encoding', coding)
    response.setHeader('content-length', body.length)
    response.writeHead(200).end(body)
  }
}
