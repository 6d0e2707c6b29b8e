import { writeFileSync } from 'node:fs'
import type { FullResult, Reporter, Suite, TestError } from '@playwright/test/reporter'

/**
 * Ends a run with one plain line, and writes `{passed, failed, skipped}` to the file that `PANDU_TEST_COUNTS` names, for
 * the closing line of `npm test`. A file that could not be loaded, or a run that broke off, counts as one failure: it
 * must never look like a smaller run that passed.
 */
export default class Counts implements Reporter {
  private suite: Suite | undefined
  private broken = 0

  onBegin(_config: unknown, suite: Suite): void {
    this.suite = suite
  }

  onError(_error: TestError): void {
    this.broken += 1
  }

  onEnd(result: FullResult): void {
    const outcomes = (this.suite?.allTests() ?? []).map((test) => test.outcome())
    const skipped = outcomes.filter((outcome) => outcome === 'skipped').length
    const unexpected = outcomes.filter((outcome) => outcome === 'unexpected').length + this.broken
    const failed = result.status === 'passed' ? unexpected : Math.max(unexpected, 1)
    const passed = outcomes.filter((outcome) => outcome === 'expected' || outcome === 'flaky').length
    const path = process.env['PANDU_TEST_COUNTS']
    if (path) writeFileSync(path, JSON.stringify({ passed, failed, skipped }))
    console.log(`browser tests: ${passed} passed, ${failed} failed, ${skipped} skipped`)
  }

  printsToStdio(): boolean {
    return false
  }
}
