/** Unknown fields (mass assignment; CVE-2026-40569; ASVS 15.3.3): every form of every page names its fields, and takes no others. */
import { expect, test } from 'vitest'
import { namedForms, unknownFields } from '../../src/edge/form-catalog.ts'
import { actionAddress } from '../every-route.ts'
import { formsIn } from './canaries.ts'
import { everythingWritten, pathOf, type House } from './house.ts'

/** What somebody would add who wants more than the form gives. */
const GREEDY = { role: 'administrator', holder_desk_id: '01900000-0000-7000-8000-000000000000', sees_all: 'yes', '__proto__[administrator]': 'yes' } // prettier-ignore

export function forms(house: () => House): void {
  const actionsOf = () =>
    house().routes.flatMap(({ id, pattern, actions, methods }) =>
      [...actions, ...(methods.includes('POST') ? ['default'] : [])].map((action) => ({ id, pattern, action })),
    )
  const isJson = (pattern: string) => /\/(draft|presence|calls\/now)$/.test(pattern)

  test('every action is named in the catalog with its fields, and no other is', () => {
    const named = namedForms().map(({ address, action }) => `${address} ${action}`)
    const there = actionsOf().filter(({ pattern }) => !isJson(pattern))
    expect(there.length).toBeGreaterThan(110)
    expect(there.map(({ pattern, action }) => `${pattern} ${action}`).sort()).toEqual([...named].sort())
  })

  test('every form of every page carries fields that its action knows', async () => {
    const strange: string[] = []
    let fields = 0
    for (const { id, pattern, page } of house().routes) {
      if (!page || pattern === '/sign-out') continue
      const path = pathOf(house(), pattern)
      const browser = pattern.startsWith('/desk') ? house().staff : house().visitor()
      for (const form of formsIn((await browser.get(path)).text)) {
        const address = new URL(form.action || path, `https://pandu.test${path}`)
        // A form that leads elsewhere is that page's.
        const route = house().routes.find(({ pattern: other }) => pathOf(house(), other) === address.pathname)
        const filled = new FormData()
        for (const { name } of form.fields) filled.append(name, 'x')
        fields += form.fields.length
        const unknown = unknownFields(route?.id ?? id, address, filled)
        if (unknown.length > 0) strange.push(`${path} → ${address.pathname}${address.search}: ${unknown.join(' ')}`)
      }
    }
    expect(strange).toEqual([])
    expect(fields).toBeGreaterThan(200)
  })

  test('every action with a field that is not its own is refused, says which, keeps what was typed, and changes nothing', async () => {
    const wrong: string[] = []
    const before = await everythingWritten(house())
    for (const { id, pattern, action } of actionsOf()) {
      if (isJson(pattern) || pattern === '/sign-in/again') continue
      const path = actionAddress(pathOf(house(), pattern), action)
      const greedy = new FormData()
      for (const name of Object.keys(GREEDY)) greedy.append(name, 'x')
      // `role` is a field of the form by which roles at a desk are given.
      const unknown = unknownFields(id, new URL(path, 'https://pandu.test'), greedy)
      const browser = pattern.startsWith('/desk') ? house().staff : house().visitor()
      const typed = 'Tulisan panjang yang tidak boleh hilang, apa pun yang ditambahkan orang.'
      const { status, text } = await browser.post(path, { ...GREEDY, text: typed })
      const told = unknown.every((name) => text.includes(`<li>${name}</li>`))
      // Where `text` is no field either, it is named instead of kept.
      const kept = text.includes(typed) || text.includes('<li>text</li>')
      if (status !== 422 || unknown.length < 3 || !told || !kept) wrong.push(`${path} ${status} ${unknown.join(' ')}`)
    }
    expect(wrong).toEqual([])
    expect(await everythingWritten(house())).toEqual(before)
  })

  test('what was kept can be sent again at once, without the field', async () => {
    const visitor = house().visitor()
    const refused = await visitor.post('/ask?/next', {
      text: 'Pencetak saya mati.',
      province: 'none',
      role: 'administrator',
    })
    expect(refused.status).toBe(422)
    const [form] = formsIn(refused.text)
    expect(form!.action).toBe('/ask?/next')
    const again = await visitor.post(form!.action, { text: 'Pencetak saya mati.', province: 'none' })
    expect([again.status, form!.fields.map(({ name }) => name)]).toEqual([
      200,
      expect.arrayContaining(['text', 'province']),
    ])
    expect(form!.fields.map(({ name }) => name)).not.toContain('role')
  })
}
