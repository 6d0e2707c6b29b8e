import { expect, test } from 'vitest'
import { emptyAsk, faultsInPerson, faultsInProblem, readAsk, type AskValues } from './ask-form.ts'

const id = 'a'.repeat(32)
const filled: AskValues = {
  ...emptyAsk(id),
  text: 'Pencetak tidak menyala',
  province: '63',
  name: 'Siti Contoh',
  email: 'siti@contoh.go.id',
  consent: 'yes',
}
const provinces = [{ code: '63' }]
const regencies = [{ code: '63.03' }]
const paths = (faults: { path: string }[]) => faults.map(({ path }) => path)

test('a form brings its own id through both steps; a forged or missing one is replaced', () => {
  const form = new FormData()
  form.set('form_id', id)
  expect(readAsk(form, 'b'.repeat(32)).form_id).toBe(id)
  form.set('form_id', "' or 1=1")
  expect(readAsk(form, 'b'.repeat(32)).form_id).toBe('b'.repeat(32))
})

test.each<[string, Partial<AskValues>, string[]]>([
  ['complete', {}, []],
  ['no province, on purpose', { province: 'none' }, []],
  ['nothing written', { text: '', province: '' }, ['text', 'province']],
  ['too long', { text: 'a'.repeat(20_001) }, ['text']],
  ['an unknown province', { province: '99' }, ['province']],
])('the problem: %s', (_name, change, faults) => {
  expect(paths(faultsInProblem({ ...filled, ...change }, provinces))).toEqual(faults)
})

test.each<[string, Partial<AskValues>, string[]]>([
  ['complete', {}, []],
  ['a telephone alone is enough', { email: '', phone: '0812 3456 7890' }, []],
  ['no way to reach', { email: '' }, ['email']],
  ['a wrong address beside a good number', { email: 'siti(at)contoh', phone: '0812 3456 7890' }, ['email']],
  ['an office without its name', { who: 'organisation' }, ['organisation']],
  ['a regency of another province', { regency: '32.01' }, ['regency']],
  ['a regency of this province', { regency: '63.03' }, []],
  ['no name, no consent', { name: '', consent: '' }, ['name', 'consent']],
])('the person: %s', (_name, change, faults) => {
  expect(paths(faultsInPerson({ ...filled, ...change }, regencies))).toEqual(faults)
})
