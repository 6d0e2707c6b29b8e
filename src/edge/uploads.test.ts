import { expect, test } from 'vitest'
import { UPLOAD_BYTES_MAX, UPLOAD_FILES_MAX, uploadFaults, uploadsOf } from './uploads.ts'
import { choiceOf, textOf } from './form-fields.ts'

const formWith = (files: File[]) => {
  const form = new FormData()
  for (const file of files) form.append('files', file)
  return form
}
const ofSize = (bytes: number) => new File([new Uint8Array(bytes)], 'contoh.bin')

test('a field in which nothing was chosen holds no file; an empty file with a name is one', () => {
  expect(uploadsOf(formWith([new File([], '')]), 'files')).toEqual([])
  expect(uploadsOf(formWith([new File([], 'kosong.txt')]), 'files')).toHaveLength(1)
})

test.each([
  ['exactly the limit', [ofSize(UPLOAD_BYTES_MAX)], []],
  ['one byte more', [ofSize(UPLOAD_BYTES_MAX - 1), ofSize(2)], [{ path: 'files', key: 'upload.too_large' }]],
  ['as many as allowed', Array.from({ length: UPLOAD_FILES_MAX }, () => ofSize(1)), []],
  [
    'one file too many',
    Array.from({ length: UPLOAD_FILES_MAX + 1 }, () => ofSize(1)),
    [{ path: 'files', key: 'upload.too_many' }],
  ],
])('limits of attachments: %s', (_name, files, faults) => {
  expect(uploadFaults(files, 'files')).toEqual(faults)
})

test('text is read without NUL bytes, half characters and carriage returns; a file in its place is no text', () => {
  const form = new FormData()
  form.set('text', ' pencetak\0 kami\r\nmati \ud83d ')
  form.set('kind', 'gratis')
  form.set('name', ofSize(3))
  expect(textOf(form, 'text')).toBe('pencetak kami\nmati \ufffd')
  expect(textOf(form, 'name')).toBe('')
  expect(textOf(form, 'absent')).toBe('')
  expect(choiceOf(form, 'kind', ['not_known', 'paid'])).toBe('not_known')
})
