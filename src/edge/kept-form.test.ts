import { expect, test } from 'vitest'
import { keptForm } from './kept-form.ts'

const url = new URL('http://localhost:8080/desk/tickets/100014?/reply')

test('a form of somebody whose session ended comes back with its words, a way in, and itself to send again', async () => {
  const form = new FormData()
  form.set('text', 'Coba <nyalakan> ulang.')
  form.set('form_token', 'tanda')
  form.set('password', 'rahasia')
  const response = keptForm({ url }, 'id', 'signed_out', { form })
  const page = await response.text()
  expect(response.status).toBe(401)
  expect(page).toContain('<textarea name="text" rows="10" cols="40">Coba &lt;nyalakan&gt; ulang.</textarea>')
  expect(page).toContain('href="/sign-in" target="_blank"')
  expect(page).toContain('<form method="post" action="/desk/tickets/100014?/reply">')
  expect(page).toContain('name="form_token" value="tanda"')
  expect(page).not.toContain('rahasia')
})

test('what came from another site is shown and cannot be sent from here', async () => {
  const form = new FormData()
  form.set('text', 'Tulisan orang lain')
  const page = await keptForm({ url }, 'en', 'foreign', { form }).text()
  expect(page).toContain('Tulisan orang lain')
  expect(page).not.toContain('<form')
})

test('fields that the page does not know are named, and left out of what can be sent again', async () => {
  const form = new FormData()
  form.set('text', 'Pencetak saya mati.')
  form.set('role<', 'administrator')
  const response = keptForm({ url }, 'id', 'unknown', { form, unknown: ['role<'] })
  const page = await response.text()
  expect(response.status).toBe(422)
  expect(page).toContain('<li>role&lt;</li>')
  expect(page).toContain('Pencetak saya mati.</textarea>')
  expect(page).not.toContain('administrator')
})

test('nothing in it leads to another host, whatever was asked for', async () => {
  const form = new FormData()
  form.set('text', 'Pencetak saya mati.')
  for (const given of [{ form }, {}])
    for (const path of ['//jahat.example/reset', '/\\\\jahat.example/reset'])
      expect(
        await keptForm({ url: Object.assign(new URL(url), { pathname: path }) }, 'id', 'stale', given).text(),
      ).not.toMatch(/(href|action)="[/\\]{2}/)
})
