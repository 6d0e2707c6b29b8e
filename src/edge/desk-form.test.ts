import { expect, test } from 'vitest'
import { z } from 'zod'
import { parsed } from './desk-form.ts'

const Schema = z.object({
  ticket_id: z.uuid(),
  text: z.string().trim().min(1).max(5),
  requester: z.object({ name: z.string().min(1, 'fault.required').regex(/^A/, 'fault.wrong') }),
})
const good = { ticket_id: '01890a5d-ac96-774b-bcce-b302099a8057', text: 'ya', requester: { name: 'Ani' } }

test('what fits comes back as the schema makes it', () => {
  expect(parsed(Schema, { ...good, text: ' ya ' })).toEqual(good)
})

test.each([
  ['nothing written', { text: '  ' }, [{ path: 'text', key: 'fault.required' }]],
  ['too much written', { text: 'panjang' }, [{ path: 'text', key: 'fault.too_long' }]],
  ['a guessed id', { ticket_id: '1' }, [{ path: 'ticket_id', key: 'fault.wrong' }]],
  [
    'two faults of one field are told once',
    { requester: { name: '' } },
    [{ path: 'requester.name', key: 'fault.required' }],
  ],
])('%s is refused by a fault of its field', (_name, change, faults) => {
  expect(() => parsed(Schema, { ...good, ...change })).toThrow(expect.objectContaining({ kind: 'invalid', faults }))
})
