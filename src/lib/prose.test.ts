import { expect, test } from 'vitest'
import { blocksOf } from './prose.ts'

const plain = (text: string) => [{ text }]

test('headings, paragraphs and lists are told apart by their lines', () => {
  expect(blocksOf('## Tentang kami\r\nBaris satu\nbaris dua\n\n- satu\n- dua\n\nAkhir')).toEqual([
    { kind: 'heading', pieces: plain('Tentang kami') },
    { kind: 'paragraph', pieces: plain('Baris satu\nbaris dua') },
    { kind: 'list', items: [plain('satu'), plain('dua')] },
    { kind: 'paragraph', pieces: plain('Akhir') },
  ])
})

test('an empty line ends a list, an empty text has no blocks', () => {
  expect(blocksOf('- satu\n\n- dua').map((block) => block.kind)).toEqual(['list', 'list'])
  expect(blocksOf(' \n\n')).toEqual([])
})

test('only http and https become links, without the punctuation after them', () => {
  expect(blocksOf('Lihat (https://contoh.go.id/a?b=1). javascript:alert(1)')).toEqual([
    {
      kind: 'paragraph',
      pieces: [
        { text: 'Lihat (' },
        { text: 'https://contoh.go.id/a?b=1', href: 'https://contoh.go.id/a?b=1' },
        { text: '). javascript:alert(1)' },
      ],
    },
  ])
})

test('markup stays what was typed', () => {
  expect(blocksOf('<script>alert(1)</script> **tebal**')).toEqual([
    { kind: 'paragraph', pieces: plain('<script>alert(1)</script> **tebal**') },
  ])
})
