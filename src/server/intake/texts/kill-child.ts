/** For kill-texts.test.ts only: the intake of texts as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../../platform/testing-app.ts'
import { startTexts } from './start-texts.ts'

startTexts(openChildApp().app)
process.stdout.write('started\n')
// Until it is killed.
setInterval(() => undefined, 1_000)
