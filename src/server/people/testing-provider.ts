/** For tests only: a real OpenID provider (oidc-provider) on this machine, and one that says whatever a test wants. Not exported by index.ts. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Provider } from 'oidc-provider'

export const CLIENT_ID = 'pandu-contoh'
export const CLIENT_SECRET = 'rahasia-klien-contoh-yang-panjang-sekali'

export interface TestProvider {
  issuer: string
  /** Goes away: nobody listens any more. */
  stop(): Promise<void>
  /** Comes back at the same address, with new keys. */
  restart(): Promise<void>
}

/**
 * A real provider. Whoever types a name into its page is that account, with the mail address NAME@korban.contoh.test, said to be verified.
 */
export async function startProvider(
  redirect_uris: () => string[],
  backchannel_logout_uri?: string,
): Promise<TestProvider> {
  let server = createServer()
  const port = await listen(server, 0)
  const issuer = `http://localhost:${port}`
  const serve = () => {
    const { privateKey } = newKeys()
    const provider = new Provider(issuer, {
      clients: [
        {
          client_id: CLIENT_ID,
          client_secret: CLIENT_SECRET,
          redirect_uris: redirect_uris(),
          grant_types: ['authorization_code'],
          response_types: ['code'],
          ...(backchannel_logout_uri ? { backchannel_logout_uri, backchannel_logout_session_required: true } : {}),
        },
      ],
      jwks: { keys: [{ ...privateKey.export({ format: 'jwk' }), kid: thumbOf(privateKey), use: 'sig', alg: 'RS256' }] },
      claims: { openid: ['sub'], email: ['email', 'email_verified'] },
      conformIdTokenClaims: false,
      features: { backchannelLogout: { enabled: true } },
      // By itself it tells nobody on this machine.
      fetch: (address, { method, headers, body } = {}) => fetch(address, { method, headers, body } as RequestInit),
      pkce: { required: () => true },
      cookies: { keys: ['kuki contoh'] },
      findAccount: (_, id) => ({
        accountId: id,
        claims: () => ({ sub: id, email: `${id}@korban.contoh.test`, email_verified: true }),
      }),
    })
    const answer = provider.callback()
    server.on('request', (request, response) => void answer(request, response))
  }
  serve()
  return {
    issuer,
    stop: () => close(server),
    async restart() {
      server = createServer()
      serve()
      await listen(server, port)
    },
  }
}

/** As a browser with a person before it: through the provider's own pages (name, then consent) to the address it sends them back to. */
export async function passProvider(address: string, name: string, jar = new Map<string, string>()): Promise<URL> {
  let [url, body] = [new URL(address), undefined as URLSearchParams | undefined]
  for (let step = 0; step < 20; step++) {
    const response = await fetch(url, {
      method: body ? 'POST' : 'GET',
      ...(body ? { body } : {}),
      redirect: 'manual',
      headers: { cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; ') },
    })
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';')
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1))
    }
    const location = response.headers.get('location')
    body = undefined
    if (location) {
      const next = new URL(location, url)
      if (next.origin !== new URL(address).origin) return next
      url = next
      continue
    }
    const page = await response.text()
    const action = /<form[^>]*action="([^"]+)"/.exec(page)?.[1]
    const prompt = /name="prompt" value="([^"]+)"/.exec(page)?.[1]
    if (!action || !prompt)
      throw new Error(`the provider shows something else: ${response.status} ${page.slice(0, 400)}`)
    url = new URL(action, url)
    body = new URLSearchParams({ prompt, login: name, password: 'apa saja' })
  }
  throw new Error('the provider sends its visitors round in circles')
}

/** The same browser signs out at the provider, which then tells everybody who asked to be told. */
export async function signOutAtProvider(issuer: string, jar: Map<string, string>): Promise<void> {
  const headers = { cookie: [...jar].map(([key, value]) => `${key}=${value}`).join('; ') }
  const page = await (await fetch(`${issuer}/session/end`, { headers })).text()
  const xsrf = /name="xsrf" value="([^"]+)"/.exec(page)?.[1]
  if (!xsrf) throw new Error(`the provider shows something else: ${page.slice(0, 400)}`)
  const body = new URLSearchParams({ xsrf, logout: 'yes' })
  await fetch(`${issuer}/session/end/confirm`, { method: 'POST', body, headers, redirect: 'manual' })
}

/** A provider that says what a test wants it to say. `tokens` makes the id token of each exchange; `keys` says which keys it shows. */
export async function startLiar(script: {
  claims: (nonce: string) => Record<string, unknown>
  header?: Record<string, unknown>
  signedBy?: KeyObject
}): Promise<{ issuer: string; keys: ReturnType<typeof newKeys>; asked: string[]; stop(): Promise<void> }> {
  const keys = newKeys()
  const asked: string[] = []
  let nonce = ''
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', issuer)
    asked.push(url.pathname)
    const json = (value: unknown) => response.setHeader('content-type', 'application/json').end(JSON.stringify(value))
    if (url.pathname === '/.well-known/openid-configuration')
      return json({
        issuer,
        authorization_endpoint: `${issuer}/auth`,
        token_endpoint: `${issuer}/token`,
        jwks_uri: `${issuer}/jwks`,
        response_types_supported: ['code'],
        subject_types_supported: ['public'],
        id_token_signing_alg_values_supported: ['RS256'],
      })
    if (url.pathname === '/jwks')
      return json({
        keys: [
          { ...keys.publicKey.export({ format: 'jwk' }), kid: thumbOf(keys.privateKey), use: 'sig', alg: 'RS256' },
        ],
      })
    if (url.pathname === '/auth') {
      nonce = url.searchParams.get('nonce') ?? ''
      const back = new URL(url.searchParams.get('redirect_uri') ?? '')
      back.search = new URLSearchParams({ code: 'kode', state: url.searchParams.get('state') ?? '' }).toString()
      return response.writeHead(303, { location: back.href }).end()
    }
    if (url.pathname === '/token') {
      const seconds = Math.floor(Date.now() / 1000)
      const claims = {
        iss: issuer,
        aud: CLIENT_ID,
        iat: seconds,
        exp: seconds + 300,
        sub: 'pembohong',
        nonce,
        ...script.claims(nonce),
      }
      const header = { alg: 'RS256', kid: thumbOf(keys.privateKey), ...script.header }
      return json({
        access_token: 'kunci',
        token_type: 'Bearer',
        id_token: signed(header, claims, script.signedBy ?? keys.privateKey),
      })
    }
    return response.writeHead(404).end()
  })
  const issuer = `http://localhost:${await listen(server, 0)}`
  return { issuer, keys, asked, stop: () => close(server) }
}

export const newKeys = () => generateKeyPairSync('rsa', { modulusLength: 2048 })

export function signed(header: { alg?: unknown; [name: string]: unknown }, claims: object, key: KeyObject): string {
  const text = [header, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.')
  const seal = header.alg === 'none' ? '' : sign('sha256', Buffer.from(text), key).toString('base64url')
  return `${text}.${seal}`
}

export const thumbOf = (key: KeyObject) =>
  createHash('sha256')
    .update(JSON.stringify(key.export({ format: 'jwk' })['n']))
    .digest('base64url')
    .slice(0, 16)

async function listen(server: Server, port: number): Promise<number> {
  server.listen(port, 'localhost')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}

async function close(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((done) => server.close(done))
}
