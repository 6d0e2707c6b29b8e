/**
 * What `npm test` says again at its very end about everything that failed: whoever opens only the end of a long log must see which test it
 * was and why, not only how many.
 */
import { relative } from 'node:path'
import { stripVTControlCharacters } from 'node:util'

/** `where`: file and test, or what broke off; `message`: what it said, of any length. */
export interface Failure {
  where: string
  message: string
}

const LINES_MAX = 15
const LINE_LENGTH_MAX = 300
/** Where a call came through a library says nothing of the failure, and takes the place of what does. */
const IN_A_LIBRARY = /^\s+at .*(node_modules|node:internal)/

/** The part of Vitest's JSON report that is read here; file names are whole paths. */
export interface VitestReport {
  testResults: {
    name: string
    status: string
    message: string
    assertionResults: { status: string; fullName: string; failureMessages: string[] | null }[]
  }[]
}

/** One failure for each failed test, and one for each file that failed without any: it could not be loaded, or a hook broke. */
export function failuresIn(report: VitestReport, house: string): Failure[] {
  return report.testResults.flatMap(({ name, status, message, assertionResults }) => {
    const file = relative(house, name)
    const failed = assertionResults.filter((test) => test.status === 'failed')
    if (failed.length === 0) return status === 'failed' ? [{ where: file, message }] : []
    return failed.map((test) => ({
      where: `${file} > ${test.fullName}`,
      message: (test.failureMessages ?? []).join('\n'),
    }))
  })
}

/** Gate, place and the first lines of the message of each. */
export function tellFailures(failures: readonly (Failure & { gate: string })[]): string {
  return failures
    .map(({ gate, where, message }) => {
      const lines = linesOf(message)
      const rest = lines.length - LINES_MAX
      const shown = [...lines.slice(0, LINES_MAX), ...(rest > 0 ? [`(${rest} more lines stand further up)`] : [])]
      return `FAILED ${gate}: ${where}\n${shown.map((line) => `    ${line}`).join('\n')}\n`
    })
    .join('\n')
}

/** The last lines of what a program printed: most say at the end what they found. */
export const endOf = (printed: string): string => linesOf(printed).slice(-LINES_MAX).join('\n')

const linesOf = (text: string) =>
  stripVTControlCharacters(text)
    .split(/\r?\n/)
    .filter((line) => line.trim() !== '' && !IN_A_LIBRARY.test(line))
    .map((line) => (line.length > LINE_LENGTH_MAX ? `${line.slice(0, LINE_LENGTH_MAX)} …` : line))
