/** What must stand above and in every single answer of our server, whoever wrote it. */
import type { Answer } from './client.ts'

export interface Kind {
  /** A page without any script. */
  public_page?: boolean
  /** Anything of it is one person's, or somebody's who is signed in. */
  personal?: boolean
  /** Tells an administrator where things lie, and is meant to. */
  administrators?: boolean
}

/** All that is missing or told too much; empty is right. Faults are sentences that begin with `what`. */
export function openingsOf(
  what: string,
  answer: Answer,
  { public_page = false, personal = false, administrators = false }: Kind = {},
): string[] {
  const { headers, status } = answer
  const faults: string[] = []
  const must = (right: boolean, fault: string) => void (right || faults.push(`${what} (${status}): ${fault}`))
  const policy = String(headers['content-security-policy'] ?? '')
  must(/default-src 'none'/.test(policy), `default-src is open: ${policy}`)
  must(/base-uri 'none'/.test(policy), 'base-uri is open')
  must(/frame-ancestors '(none|self)'/.test(policy), 'may be framed')
  must(!/unsafe-eval|script-src[^;]*unsafe-inline|https?:|\*/.test(policy), `the policy lets in: ${policy}`)
  must(headers['x-content-type-options'] === 'nosniff', 'may be sniffed')
  must(/^(no-referrer|same-origin)$/.test(String(headers['referrer-policy'])), 'tells others where people come from')
  must(/^max-age=31536000; includeSubDomains$/.test(String(headers['strict-transport-security'])), 'no HSTS')
  must(headers['cross-origin-opener-policy'] === 'same-origin', 'no opener policy')
  must(/^same-(origin|site)$/.test(String(headers['cross-origin-resource-policy'])), 'others may load it')
  must(
    /camera=\(\), microphone=\(\), geolocation=\(\)/.test(String(headers['permissions-policy'])),
    'no permissions policy',
  )
  must(/^(DENY|SAMEORIGIN)$/.test(String(headers['x-frame-options'])), 'old browsers may frame it')
  for (const name of Object.keys(headers))
    must(!/^(server|x-powered-by|via|x-sveltekit-page|x-aspnet|access-control-)/.test(name), `tells or allows ${name}`)
  for (const cookie of answer.cookies) {
    must(cookie.startsWith('__Host-'), `cookie without __Host-: ${cookie}`)
    must(/; Secure/i.test(cookie) && /; HttpOnly/i.test(cookie), `cookie is open: ${cookie}`)
    must(/; SameSite=(Lax|Strict)/i.test(cookie) && /; Path=\/(;|$)/i.test(cookie), `cookie goes too far: ${cookie}`)
    must(!/; Domain=/i.test(cookie), `cookie for neighbours: ${cookie}`)
  }
  const kept = String(headers['cache-control'] ?? '')
  must(status === 304 || kept !== '', 'says nothing of caches')
  if (personal) must(/no-store/.test(kept), `personal, and kept by browsers: ${kept}`)
  if (answer.cookies.length > 0) must(!/public/.test(kept), 'a cookie that every cache may keep')
  if (answer.bytes.length > 0) must(headers['content-type'] !== undefined, 'bytes without a type')
  if (answer.bytes.length > 0 && headers['content-type']?.startsWith('text/html'))
    faults.push(...openPlaces(what, answer, policy, public_page))
  if (!administrators) faults.push(...toldInside(what, answer))
  return faults
}

/** Inline scripts, handlers and styles, which the policy forbids anyway: a page shall not even try. */
function openPlaces(what: string, { text, status }: Answer, policy: string, public_page: boolean): string[] {
  const tags = text.match(/<[a-z][^>]*>/gi) ?? []
  const scripts = tags.filter((tag) => /^<script\b/i.test(tag))
  const nonce = /'nonce-([^']+)'/.exec(policy)?.[1]
  const faults = [
    ...tags.filter((tag) => /\son[a-z]+\s*=/i.test(tag)).map((tag) => `handler ${tag}`),
    ...tags
      .filter((tag) => /(href|src|action)\s*=\s*["']?\s*(javascript|vbscript|data:text)/i.test(tag))
      .map((tag) => `address ${tag}`),
    ...(public_page && scripts.length > 0 ? [`script on a public page ${scripts[0]}`] : []),
    ...(public_page && !/script-src 'none'/.test(policy) ? [`no script-src 'none': ${policy}`] : []),
    ...scripts
      // One of our own address needs none (the pages that ask for a passkey); one inside the page does.
      .filter((tag) => !/\bsrc="\/(?!\/)/.test(tag) || !/script-src 'self'/.test(policy))
      .filter((tag) => nonce === undefined || !tag.includes(`nonce="${nonce}"`))
      .map((tag) => `script without nonce ${tag}`),
    ...(/<html lang="(id|en)"/.test(text) ? [] : ['no language']),
  ]
  return faults.map((fault) => `${what} (${status}): ${fault}`)
}

/** Words of our inside that no answer may hold: places on the disk, statements, stacks, products with their versions. */
const INSIDE =
  /node_modules|file:\/\/|\/src\/server|\/tmp\/|\.ts:\d|\n\s+at .*:\d+|(?<!<)\bselect [\w*., ]+ from [a-z_]+|insert into |relation "|column "|syntax error at|postgres(?!ql\b)|pandu_(web|worker|owner)|ECONN|ENOENT|\bpg_|sveltekit\/|hono\/|node\/v?\d|Node\.js v?\d/i

/** Where the answer is a file of ours (a script, a style) its words are those of the build and not of a failure. */
export function toldInside(what: string, { text, headers, status }: Answer): string[] {
  if (/javascript|css/.test(String(headers['content-type']))) return []
  const found = INSIDE.exec(text)
  const told = found && text.slice(Math.max(0, found.index - 40), found.index + 80)
  return told ? [`${what} (${status}) tells of the inside: …${told}…`] : []
}
