/** For tests only: the API behind the real HTTP server, and tokens for whoever is needed. Not exported by index.ts. */
import { afterAll, beforeAll } from 'vitest'
import { listenHttp } from '../../http.ts'
import { system, write, type StaffActor } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { prepare } from '../desks/index.ts'
import { aStaff } from '../desks/testing.ts'
import { createToken, type CreateToken } from '../people/index.ts'

export interface Answer {
  status: number
  headers: Headers
  text: string
  /** Of a JSON answer. */
  body: Json
  /** Of a list. */
  items: Json[]
  /** Which fields of the request were at fault. */
  paths: string[]
}
/** Something of a JSON answer; whatever a test takes out of it is compared or made text. */
export interface Json {
  [name: string]: Json
}

export interface Asking {
  token?: string | null
  method?: string
  /** An object is sent as JSON. */
  body?: unknown
  key?: string
  headers?: Record<string, string>
}

/** Call once at the top of a test file. The secretariat's desk, regions and topics are there. */
export function useApi() {
  const database = useDatabase({ PANDU_PORT: '0', PANDU_HOST: '127.0.0.1' })
  let http: { port: number; stop(): Promise<void> }
  beforeAll(async () => {
    await prepare(database.app())
    http = await listenHttp(database.app(), (_request, response) => void response.writeHead(418).end('a page'))
  })
  afterAll(() => http.stop())
  return {
    database,
    app: () => database.app(),
    port: () => http.port,
    /** A request to the API; POST where there is a body. English, so that sentences can be compared. */
    async ask(path: string, { token, method, body, key, headers }: Asking = {}): Promise<Answer> {
      const response = await fetch(`http://127.0.0.1:${http.port}${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: {
          'accept-language': 'en',
          ...(token ? { authorization: `Bearer ${token}` } : {}),
          ...(key ? { 'idempotency-key': key } : {}),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : {
              body: typeof body === 'string' || body instanceof Uint8Array ? (body as BodyInit) : JSON.stringify(body),
            }),
      })
      const text = await response.text()
      const json = parse(text)
      return {
        status: response.status,
        headers: response.headers,
        text,
        body: json as Json,
        items: json?.items ?? [],
        paths: json?.errors?.map(({ path: name }) => name) ?? [],
      }
    },
    /** A token of the service account `cli`. */
    async cliToken(scopes: NonNullable<CreateToken['scopes']> = 'all', days = 1): Promise<string> {
      return (await write(database.app(), system, (ctx) => createToken(ctx, { scopes, days }))).token
    },
    /** An agent with an account, and a token that acts for them. */
    async anAgent(
      given: Parameters<typeof aStaff>[1] = {},
      scopes: NonNullable<CreateToken['scopes']> = ['tickets:read', 'tickets:write', 'intake:read', 'outbox:read'],
      per_minute?: number,
    ): Promise<{ staff: StaffActor; email: string; token: string }> {
      return write(database.app(), system, async (ctx) => {
        const staff = await aStaff(ctx, given)
        await ctx.tx.insertInto('accounts').values({ person_id: staff.person_id, auth_user_id: newId() }).execute()
        const { address } = await ctx.db
          .selectFrom('contact_points')
          .select('address')
          .where('person_id', '=', staff.person_id)
          .executeTakeFirstOrThrow()
        const { token } = await createToken(ctx, { account: address, scopes, per_minute })
        return { staff, email: address, token }
      })
    },
  }
}

const parse = (text: string) => {
  try {
    return JSON.parse(text) as { items?: Json[]; errors?: { path: string }[] }
  } catch {
    return undefined
  }
}
