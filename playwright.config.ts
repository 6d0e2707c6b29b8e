import { defineConfig } from '@playwright/test'
import { findChromium } from './tests/e2e/browser.ts'
import { inAnotherOrder } from './tests/e2e/order.ts'

// One worker more than the cores of a small machine: much of the time is waiting, for the fifteen seconds in which an answer can be taken
// back, for a server that comes back, for a poll. Retries are off: a test that passes at the second try has found something. The times are generous because the machine
// may be busy with other work; every wait in the tests is for a condition, so a quiet machine does not feel them.
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*.spec.ts',
  ...inAnotherOrder(process.env['PANDU_TEST_ORDER']),
  globalSetup: './tests/e2e/build.ts',
  workers: 3,
  retries: 0,
  forbidOnly: true,
  timeout: 600_000,
  expect: { timeout: 90_000 },
  reporter: [['line'], ['./tests/e2e/reporter.ts']],
  use: {
    launchOptions: await findChromium(),
    locale: 'id-ID',
    timezoneId: 'Asia/Jakarta',
    viewport: { width: 1280, height: 800 },
    actionTimeout: 90_000,
    navigationTimeout: 180_000,
    screenshot: 'only-on-failure',
  },
})
