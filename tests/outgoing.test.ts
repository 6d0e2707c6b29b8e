/**
 * Who may open a connection to the outside (issue 5, 4; ASVS 1.3.6, 13.1.1, 13.2.4, 15.3.2): what a stranger named goes through
 * platform/fetch-outside.ts; everything else asks only what the settings name, and stands here with its reason.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { expect, test } from 'vitest'

const ROOT = resolve(import.meta.dirname, '..')

/** File → whom it asks. Nothing of this comes from a request or a mail. */
const ASKS: Readonly<Record<string, string>> = {
  'src/server/platform/fetch-outside.ts':
    'whatever a stranger named: every address checked after DNS and after each redirect',
  'src/server/platform/dns.ts': 'the name servers of PANDU_DNS, or the system’s',
  'src/server/channels/email/send.ts': 'the relay of PANDU_MAIL_RELAY',
  'src/server/channels/email/open-mailbox.ts': 'the mailbox of PANDU_IMAP_URL',
  'src/server/channels/sms/smpp/link.ts':
    'the operator of an SMPP line of PANDU_SMS_GATEWAY; the doctor only looks, and binds nothing',
  'src/server/channels/sms/ask-gateway.ts':
    'Kannel and gateways over HTTP of PANDU_SMS_GATEWAY: the administrator’s own, private addresses among them; no redirects',
  'src/server/channels/telegram/call-telegram.ts': 'the Bot API of PANDU_TELEGRAM_API; no redirect is followed',
  'src/server/channels/email/check-sender.ts':
    'nobody itself: the library’s questions of DNS go through platform/dns.ts',
  'src/server/channels/email/listen.ts': 'the own LMTP socket, to learn whether another process still listens there',
  'src/server/people/provider-library.ts': 'sign-in providers: the library’s fetch is platform/fetch-outside.ts',
  'src/server/people/try-provider.ts': 'the same provider, with what provider-library.ts made',
  'src/cli/doctor/look-at-mail.ts':
    'relay, own ports and DNS of the own names, when an administrator asks whether they work',
  'src/cli/doctor/look-at-web.ts': 'the own address',
  // In the browser, to our own address: the policy of the pages allows no other (connect-src 'self').
  'src/lib/desk/post.ts': 'our own pages',
  'src/lib/desk/live.ts': 'our own pages',
}

/** PostgreSQL by `pg` is left out: its address comes from the settings, and everything speaks to it. */
const OPENS: readonly RegExp[] = [
  /import\s*\{[^}]*\b(?:connect|createConnection|Socket as|request|get|Agent)\b[^}]*\}\s*from\s*'node:(?:net|tls|http|https|http2)'/,
  /import\s+\w+\s+from\s*'node:(?:net|tls|http|https|http2|dgram)'|import\s*\*\s*as\s+\w+\s+from\s*'node:(?:net|tls|http|https|http2|dgram)'/,
  /from\s*'node:(?:dgram|dns|dns\/promises)'/,
  /(?:from\s*|import\(\s*)'(?:undici|axios|got|node-fetch|ws|imapflow|openid-client|mailauth|better-auth(?:\/api)?|mqtt|redis|@aws-sdk[^']*)'/,
  /\bcreateTransport\b/,
  /(?<![.\w])fetch\(\s*[^)\s]|\bglobalThis\.fetch\b|new (?:WebSocket|EventSource|XMLHttpRequest)\b/,
]

function filesUnder(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|js|svelte)$/.test(entry.name))
    .map(({ name, parentPath }) => join(parentPath, name))
}
const isTest = (path: string) => /\.test\.ts$|-child\.ts$|\/(testing[^/]*|[^/]*\.testing)\.ts$/.test(path)
// A comment or a type opens nothing; a method called fetch is declared, not called.
const codeOf = (path: string) =>
  readFileSync(path, 'utf8')
    .replaceAll(/\/\*[^]*?\*\/|^\s*\/\/.*$/gm, '')
    .replaceAll(/import type [^;\n]*/g, '')
    .replaceAll(/^\s*(?:async )?fetch\([^)]*\)\s*[:{].*$/gm, '')

test('nothing but the named files opens a connection', () => {
  const files = filesUnder(join(ROOT, 'src')).filter((path) => !isTest(path))
  const opening = files
    .filter((path) => OPENS.some((way) => way.test(codeOf(path))))
    .map((path) => relative(ROOT, path))
  expect(files.length).toBeGreaterThan(300)
  expect(opening.sort()).toEqual(Object.keys(ASKS).sort())
})

test('the libraries that ask for themselves were given our own way of asking', () => {
  const text = (path: string) => codeOf(join(ROOT, path))
  expect(text('src/server/people/provider-library.ts')).toMatch(
    /\[client\.customFetch\]: askAddressed\(.*\)[^]*await fetchOutside\(/,
  )
  expect(text('src/server/people/provider-library.ts')).toMatch(/redirects_max: 0/)
  expect(text('src/server/channels/email/check-sender.ts')).toMatch(/resolver: .*dns\.resolve/)
  // Somebody who fetches what a stranger named says how much and how long; neither has a default.
  expect(text('src/server/platform/fetch-outside.ts')).toMatch(/size_max: number[^]*time_ms: number/)
})
