import { globSync, readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

test('every area without script is opened whole by pages that have one', () => {
  const without = globSync('src/routes/**/+{page,layout}{,.server}.ts')
    .map((file) => ({ file, text: readFileSync(file, 'utf8') }))
    .filter(({ text }) => /export const csr = false/.test(text))
  expect(without.length).toBeGreaterThan(2)
  for (const { file, text } of without) expect(text, file).toContain('=> openWhole(event)\n')
})
