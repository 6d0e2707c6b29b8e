/** For kill.test.ts only: the mail listener as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../platform/testing-app.ts'
import { startMailListener } from './mail-listener.ts'

const { port } = await startMailListener(openChildApp().app)
process.stdout.write(`${port}\n`)
