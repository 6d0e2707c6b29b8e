import { expect, test } from 'vitest'
import { harmlessHtml } from './harmless-html.ts'
import { vectors } from './harmless-html.testing.ts'

const DANGER =
  /<script|<style|<iframe|<object|<embed|<form|<input|<svg|<math|<meta|<link|<base|javascript:|vbscript:|<[^>]*\son\w+\s*=|url\(|expression|@import|srcdoc|<[^>]*\ssrc=/i

test.each(vectors)('%s can do nothing', (vector) => {
  const { html } = harmlessHtml(vector)
  expect(html).not.toMatch(DANGER)
  // Once more changes nothing: what came out is what it says.
  expect(harmlessHtml(html).html).not.toMatch(DANGER)
})

test('what somebody wrote stays as it looked: tables, lists, emphasis, colours', () => {
  const { html } = harmlessHtml(
    '<html><head><style>p{color:red}</style></head><body><p style="color: #ff0000; font-weight:bold; position:absolute">Halo <b>Bu Sari</b></p><ul><li>satu</li></ul><table border="1"><tr><td colspan="2">x</td></tr></table></body></html>',
  )
  expect(html).toContain('<p style="color:#ff0000;font-weight:bold">Halo <b>Bu Sari</b></p>')
  expect(html).toContain('<ul><li>satu</li></ul>')
  expect(html).toContain('<td colspan="2">x</td>')
  expect(html).not.toContain('color:red')
})

test('a picture of the mail keeps its name, one from outside its address in a place where nothing fetches it', () => {
  const { html, remote_images } = harmlessHtml(
    '<img src="cid:foto%40x" alt="foto" width=10><img src="http://x.test/a?b=1&amp;c=2"><img src="http://x.test/a?b=1&amp;c=2"><img src="//y.test/p.gif">',
  )
  expect(html).toContain('<img alt="foto" width="10" data-cid="foto@x" />')
  expect(html).toContain('data-remote="http://x.test/a?b=1&amp;c=2"')
  expect(html).toContain('data-remote="https://y.test/p.gif"')
  expect(remote_images).toBe(2)
})

test('values stay values, in the order and the quotes that the page reads them by (src/edge/mail-page.ts)', () => {
  expect(harmlessHtml('<img src="https://contoh.id/a.png" width=" onerror=x y=" alt="x data-cid=">').html).toBe(
    '<img alt="x data-cid=" width=" onerror=x y=" data-remote="https://contoh.id/a.png" />',
  )
})

test('a link says to which host it really leads', () => {
  const { html } = harmlessHtml(
    '<a href="http://jahat.test/login">https://bank.test</a> <a href="http://bank.test@jahat.test/">x</a>',
  )
  expect([...html.matchAll(/data-host="([^"]*)"/g)].map((match) => match[1])).toEqual(['jahat.test', 'jahat.test'])
  expect(html).toContain('rel="noopener noreferrer nofollow"')
  // Letters that look like others: the form that cannot be mistaken comes first.
  expect(harmlessHtml('<a href="https://аррӏе.test/">x</a>').html).toContain('data-host="xn--')
})

test('cost grows with length, not faster', () => {
  // Time of the processor, so that a busy machine fails nothing; quadratic work would give 16.
  const time = (html: string) => {
    const begun = process.cpuUsage()
    harmlessHtml(html)
    const { user, system } = process.cpuUsage(begun)
    return (user + system) / 1000
  }
  const best = (html: string) => Math.min(...[1, 2, 3].map(() => time(html)))
  const shapes = [
    (n: number) => '<div>'.repeat(n),
    (n: number) => '<a href="'.repeat(n),
    (n: number) => '<p style="color:red;'.repeat(n) + '">',
    (n: number) => '&lt;'.repeat(n),
  ]
  for (const shape of shapes) {
    time(shape(2_000))
    const [one, four] = [20_000, 80_000].map((n) => best(shape(n)))
    expect(four! / Math.max(one!, 10)).toBeLessThan(13)
  }
})
