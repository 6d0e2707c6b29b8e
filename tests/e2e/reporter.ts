import { writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import type { FullResult, Reporter, Suite, TestCase, TestError } from '@playwright/test/reporter'
import type { Failure } from '../../scripts/failures.ts'

/**
 * Ends a run with one plain line, and writes `{passed, failed, skipped, failures}` to the file that `PANDU_TEST_COUNTS` names, for
 * the last lines of `npm test`. A file that could not be loaded, or a run that broke off, counts as one failure: it
 * must never look like a smaller run that passed.
 */
export default class Counts implements Reporter {
  private suite: Suite | undefined
  private broken: TestError[] = []

  onBegin(_config: unknown, suite: Suite): void {
    this.suite = suite
  }

  onError(error: TestError): void {
    this.broken.push(error)
  }

  onEnd(result: FullResult): void {
    const tests = this.suite?.allTests() ?? []
    const outcomes = tests.map((test) => test.outcome())
    const skipped = outcomes.filter((outcome) => outcome === 'skipped').length
    const unexpected = outcomes.filter((outcome) => outcome === 'unexpected').length + this.broken.length
    const failed = result.status === 'passed' ? unexpected : Math.max(unexpected, 1)
    const passed = outcomes.filter((outcome) => outcome === 'expected' || outcome === 'flaky').length
    const path = process.env['PANDU_TEST_COUNTS']
    const failures = [
      ...tests.filter((test) => test.outcome() === 'unexpected').map(failureOf),
      ...this.broken.map((error) => ({ where: 'outside any test', message: textOf(error) })),
    ]
    if (path) writeFileSync(path, JSON.stringify({ passed, failed, skipped, failures }))
    console.log(`browser tests: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  }

  printsToStdio(): boolean {
    return false
  }
}

function failureOf(test: TestCase): Failure {
  // The first three of a title path are the run, the project and the file.
  const name = test.titlePath().slice(3).join(' > ')
  const { file, line } = test.location
  const errors = test.results.at(-1)?.errors ?? []
  return { where: `${relative(process.cwd(), file)}:${line} > ${name}`, message: errors.map(textOf).join('\n') }
}

const textOf = (error: TestError) => [error.message ?? error.value ?? '', error.snippet ?? ''].join('\n')
