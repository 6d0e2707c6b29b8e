import { expect, test } from 'vitest'
import { endOf, failuresIn, tellFailures } from './failures.ts'

const passed = { status: 'passed', fullName: 'quiet', failureMessages: [] }
const failed = {
  status: 'failed',
  fullName: 'a story breaks off',
  failureMessages: ['Error: five is not four\n  at x'],
}

test('each failed test is named with its file and reason, and a file that could not be loaded with its own', () => {
  const report = {
    testResults: [
      { name: '/house/src/a.test.ts', status: 'failed', message: '', assertionResults: [passed, failed] },
      { name: '/house/src/b.test.ts', status: 'failed', message: 'Cannot find module', assertionResults: [] },
      { name: '/house/src/c.test.ts', status: 'passed', message: '', assertionResults: [passed] },
    ],
  }
  expect(failuresIn(report, '/house')).toEqual([
    { where: 'src/a.test.ts > a story breaks off', message: 'Error: five is not four\n  at x' },
    { where: 'src/b.test.ts', message: 'Cannot find module' },
  ])
})

test('a long message is cut at its end and says so; of a program’s output the end is kept; neither holds colours', () => {
  const long = Array.from({ length: 20 }, (_, line) => `\u001b[31mline ${line + 1}\u001b[0m`).join('\n')
  const told = tellFailures([{ gate: 'unit', where: 'src/a.test.ts', message: long }])
  expect(told).toMatch(/^FAILED unit: src\/a\.test\.ts\n {4}line 1\n/)
  expect(told).toMatch(/ {4}line 15\n {4}\(5 more lines stand further up\)\n$/)
  expect(endOf(long).split('\n')[0]).toBe('line 6')
  expect(endOf(long).split('\n').at(-1)).toBe('line 20')
})
