/**
 * The edge of every page: who asks, in which language, from where; our one check on POSTs; headers; and how failures are answered.
 * Hono's paths (/api /channels /files …) never come here: src/main.ts dispatches them first.
 */
import { dev } from '$app/env'
import type { RequestEvent } from '@sveltejs/kit'
import type { Handle, HandleServerError } from '@sveltejs/kit/hooks'
import { everybody } from '#server/platform/context.ts'
import { isDatabaseAway } from '#server/platform/database.ts'
import { Refusal, statusOf } from '#server/platform/refusal.ts'
import { isId, newId } from '#server/platform/ids.ts'
import { leavePage, markRoute, requestIdOf } from '#server/platform/marked-request.ts'
import { staffActor } from '#server/desks/index.ts'
import { randomToken } from '#server/platform/secrets.ts'
import { noteRefused } from '#server/platform/sights.ts'
import { keepMaker, makerOf } from '#server/platform/page-makers.ts'
import { sharePage, sharingTurn, type Hole } from '#server/platform/shared-pages.ts'
import { clientAddress } from '#server/platform/client-address.ts'
import { FOLLOW_ROUTE } from './edge/answer-follow.ts'
import { chooseLanguage } from './edge/choose-language.ts'
import { cleanAddress } from './edge/clean-address.ts'
import { compressed } from './edge/compressed.ts'
import { cookieNameOf, cookieOptions, isSecure } from './edge/cookies.ts'
import { unknownFields } from './edge/form-catalog.ts'
import { formTokenOf, mayPost } from './edge/form-token.ts'
import { keptForm } from './edge/kept-form.ts'
import { readBody } from './edge/read-body.ts'
import { wholeMaker } from './routes/(public)/follow/[token]/make-whole.ts'
import type { App } from '#server/platform/app.ts'

const running = () => (globalThis as { pandu?: App }).pandu

export const handle: Handle = async ({ event: asked, resolve }) => {
  const app = running()
  // For the one line in the log and the figures (src/http.ts): the pattern, never the path.
  markRoute(asked.platform?.req, asked.route.id)
  cleanAddress(asked)
  const secure = app !== undefined && isSecure(app)
  const chosen = chooseLanguage(
    asked.url.searchParams.get('language') ?? asked.cookies.get(cookieNameOf('language', secure)),
    asked.request.headers.get('accept-language'),
  )
  const body = await readBody(asked.request)
  const event = typeof body === 'string' ? asked : { ...asked, request: body }
  const { locals, cookies, request, url } = event
  // What is not a form has no fields to keep.
  const form = request.method === 'POST' && !isJson(request) ? await request.formData().catch(() => null) : null
  if (!app?.available()) return keptForm(event, chosen, 'unavailable', { form })

  locals.app = app
  locals.request_id = requestIdOf(event.platform?.req) ?? newId()
  locals.language = chosen
  locals.client = clientAddress(
    event.platform?.req?.socket.remoteAddress ?? '',
    request.headers.get('x-forwarded-for'),
    app.settings.PANDU_TRUSTED_PROXIES,
  )
  if (url.searchParams.has('language'))
    cookies.set(cookieNameOf('language', secure), chosen, { ...cookieOptions(secure), maxAge: 31_536_000 })

  const is_use = !/^\/desk\/live$|\/presence$|^\/desk\/calls\/now$/.test(url.pathname) && !asksForItself(event)
  const staff = await staffActor(app, request.headers, { is_use }).catch(awayOrBug)
  if (staff === 'away') return keptForm(event, chosen, 'unavailable', { form })
  locals.staff = staff && { ...staff, from: { ...staff.from, client: locals.client } }
  locals.actor = locals.staff ?? everybody
  const known = cookies.get(cookieNameOf('form', secure))
  const nonce = (locals.form_nonce = known || randomToken())
  locals.fresh_id = randomToken()
  if (!known) cookies.set(cookieNameOf('form', secure), nonce, cookieOptions(secure))
  if (request.method === 'POST') {
    const { headers } = request
    const port = event.platform?.req?.socket.localPort
    const verdict = mayPost(app, { headers, path: url.pathname, form, nonce, port })
    if (verdict === 'foreign') {
      // Whatever else a stranger wrote there is none of the log's business.
      const origin = /^https?:\/\/[a-z0-9.:[\]-]{1,100}$/i.exec(headers.get('origin') ?? '')?.[0] ?? 'no origin'
      app.log.warn(
        { request_id: locals.request_id, origin, PANDU_ORIGIN: app.settings.PANDU_ORIGIN },
        'a form from another address was refused; if it is an address of ours, correct PANDU_ORIGIN',
      )
      return keptForm(event, chosen, 'foreign', { form })
    }
    if (typeof body === 'string') return keptForm(event, chosen, body)
    if (verdict === 'stale')
      return keptForm(event, chosen, 'stale', {
        form,
        form_token: formTokenOf(app, nonce, url.pathname),
        cookie: known ? undefined : cookies.serialize(cookieNameOf('form', secure), nonce, cookieOptions(secure)),
      })
  }

  const area = (event.route.id as string | null)?.split('/')[1]
  if (area === '(desk)' && !locals.staff && form) return keptForm(event, chosen, 'signed_out', { form })
  if (area === '(desk)' && !locals.staff)
    return new Response(null, {
      status: 303,
      headers: {
        location: `/sign-in?next=${encodeURIComponent(url.pathname + url.search)}`,
        'cache-control': 'no-store',
      },
    })

  // Before anything is done: nobody gets a role or a desk by a field that no form of this page has.
  const unknown = form && event.route.id ? unknownFields(event.route.id, url, form) : []
  if (unknown.length > 0) return keptForm(event, chosen, 'unknown', { form, unknown })

  const turn = sharingTurn(app)
  const page: { html: string | null } = { html: null }
  const made = await resolve(event, {
    // Taken here and compressed below in one piece. SvelteKit would sum up, encode and stream it first.
    transformPageChunk: ({ html }) => {
      page.html = html.replace('%pandu.language%', locals.language)
      return ''
    },
  })
  noteWhatWasRefused(event, form)
  // Signed in, but too long ago for what was asked (people: mustHaveSignedInRecently). 307: the browser sends the form on, and gets it back.
  if (made.status === 401 && area === '(desk)')
    return new Response(null, {
      status: form ? 307 : 303,
      headers: {
        location: `/sign-in/again?next=${encodeURIComponent(url.pathname + url.search)}`,
        'cache-control': 'no-store',
      },
    })
  // The database went away in the middle; whatever was begun was rolled back.
  if (made.status === 503) return keptForm(event, chosen, 'unavailable', { form })
  setHeaders(made, event.route.id)
  const { html } = page
  if (html === null) return made
  if (request.method === 'GET' && made.status === 200 && url.search === '' && isShared(event.route.id))
    sharePage(app, `${chosen} ${url.pathname}`, { html, ...shared(event) }, turn)
  if (!dev && event.route.id === FOLLOW_ROUTE && made.status === 200 && !makerOf(app, FOLLOW_ROUTE))
    keepMaker(app, FOLLOW_ROUTE, { headers: ownHeaders(), html: wholeMaker(html) })
  return wholePage(made, html, event)

  /** What of a public page is this person's, and what is everybody's. */
  function shared({ route }: { route: { id: string | null } }) {
    const paths = new Set(['/ask', '/follow', url.pathname])
    const tokens = [...paths].map((path): [string, Hole] => [formTokenOf(app!, nonce, path), { token_for: path }])
    const own = new Map<string, Hole>([...tokens, [locals.fresh_id, 'random_id']])
    return { route: route.id ?? '', headers: ownHeaders(), own }
  }

  /** Those of the page, not of this visitor or this very text. */
  function ownHeaders() {
    return [...made.headers].filter(([name]) => name !== 'etag' && name !== 'set-cookie')
  }
}

/** Somebody who signed in named a thing that they do not see, that is not there, or that is not theirs to do: it stands in the journal. */
function noteWhatWasRefused({ locals, params, route }: RequestEvent, form: FormData | null): void {
  const kind = locals.refused?.kind
  if (!locals.staff || (kind !== 'not_found' && kind !== 'forbidden')) return
  const asked = [...Object.values(params), ...(form?.values() ?? [])]
  const named = asked.filter((value) => typeof value === 'string' && (isId(value) || value === params['number']))
  if (named.length > 0) noteRefused(locals.app, locals.staff, { route: route.id ?? '', kind, asked: named as string[] })
}

/** Pages on which nothing is one person's but the tokens of their forms. */
const sharedRoutes = new Set<string | null>([
  '/(public)',
  '/(public)/ask',
  '/(public)/follow',
  '/(public)/pages/[slug]',
])
const isShared = (route: string | null) => !dev && sharedRoutes.has(route)

/** The page's bytes as the browser takes them. A page that came in pieces would have lost all but the first of them. */
function wholePage(made: Response, html: string, { request, platform }: RequestEvent): Response {
  if (!made.headers.has('etag')) throw new Error('a load answered a promise: pages are made whole')
  const headers = new Headers(made.headers)
  // The sum of nothing, see above; most pages hold a token of their own and never stay the same.
  headers.delete('etag')
  headers.append('vary', 'Accept-Encoding')
  const { body, coding } = compressed(html, request.headers.get('accept-encoding'))
  if (coding) headers.set('content-encoding', coding)
  headers.set('content-length', String(body.length))
  const is_taken = leavePage(platform?.req, body)
  return new Response(is_taken ? null : body, { status: made.status, headers })
}

function awayOrBug(error: unknown): 'away' {
  if (isDatabaseAway(error)) return 'away'
  throw error
}

/** An open page reads itself again when something happened (docs/house.md, Live): its data, asked for from its own address. */
function asksForItself({ isDataRequest, request, url }: RequestEvent): boolean {
  const from = request.headers.get('referer') ?? ''
  if (!isDataRequest || !URL.canParse(from)) return false
  const { pathname, search } = new URL(from)
  return pathname === url.pathname && search === url.search
}

/** What a page's script sends; its body is read by whom it is for. */
const isJson = (request: Request) => /^application\/json\b/i.test(request.headers.get('content-type') ?? '')

// Public pages carry no script at all; a fixed policy without a nonce also lets them be cached.
const PUBLIC_POLICY =
  "default-src 'none'; script-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** Pages of the way in that ask a browser for a passkey: one script, of our own address. Without it the other ways stay. */
const SCRIPTED_POLICY = PUBLIC_POLICY.replace("script-src 'none'", "script-src 'self'")
const scriptedRoutes = new Set<string | null>([
  '/(admin)/(gate)/sign-in/passkey',
  '/(admin)/(gate)/sign-in/second/passkey',
])

/** Beside what stands above every answer (src/edge/every-header.ts). */
function setHeaders(response: Response, route: string | null) {
  const { headers, status } = response
  const area = route?.split('/')[1]
  // Its address is a key, also where the page itself failed (src/edge/no-trace.ts).
  const secret = route?.includes('[token]') ?? false
  // A file for saving brings a stricter policy of its own (src/edge/download.ts).
  const sandboxed = headers.get('content-security-policy')?.startsWith('sandbox')
  // The development server puts styles into the page itself, which this policy would forbid.
  if (!dev && area !== '(desk)' && !sandboxed)
    headers.set('content-security-policy', scriptedRoutes.has(route) ? SCRIPTED_POLICY : PUBLIC_POLICY)
  if (!headers.has('referrer-policy')) headers.set('referrer-policy', secret ? 'no-referrer' : 'same-origin')
  // What every cache may keep carries nobody's cookie: it would hand one person's nonce to all others.
  if (headers.get('cache-control')?.startsWith('public')) headers.delete('set-cookie')
  // What somebody signed in saw shall not be seen by whoever presses Back on the same machine after they left.
  const personal = area === '(desk)' || area === '(admin)' || secret || status >= 400
  if (!headers.has('cache-control')) headers.set('cache-control', personal ? 'no-store' : 'private, no-cache')
  headers.delete('x-sveltekit-page')
}

/**
 * The one place where a page's failure gets its status. A Refusal is expected: its kind gives the status, its key the sentence. Anything
 * else that we did not throw on purpose is a bug: logged with the request's id, shown without a word of it.
 */
export const handleError: HandleServerError = ({ kind, error, event }) => {
  const request_id = event.locals.request_id ?? newId()
  if (error instanceof Refusal) event.locals.refused = error
  if (error instanceof Refusal) return { status: statusOf[error.kind], message: error.key, request_id }
  if (isDatabaseAway(error)) return { status: 503, message: 'unavailable', request_id }
  if (kind === 'unknown') {
    const route = event.route.id
    running()?.log.error(
      { request_id, route, method: event.request.method, failure: describe(error) },
      'a request failed',
    )
    return { status: 500, message: 'bug', request_id }
  }
  return { request_id }
}

// Class and place of a failure; its message may hold a person's words, so only the stack's frames are logged.
const describe = (thrown: unknown) =>
  thrown instanceof Error
    ? {
        name: thrown.name,
        code: 'code' in thrown ? String(thrown.code) : undefined,
        at: thrown.stack
          ?.split('\n')
          .filter((line) => line.trim().startsWith('at '))
          .slice(0, 6),
      }
    : { name: typeof thrown }
