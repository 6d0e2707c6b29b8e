/** For telegram.test.ts only: whoever fetches as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../../platform/testing-app.ts'
import { watchTelegram } from './watch-telegram.ts'

watchTelegram(openChildApp().app, { look_ms: 200, wait_s: 1 })
