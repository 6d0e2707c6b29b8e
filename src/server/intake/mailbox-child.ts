/** For tests/peers/mailbox.test.ts only: whoever empties the mailbox as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../platform/testing-app.ts'
import { watchMailbox } from './watch-mailbox.ts'

watchMailbox(openChildApp().app)
