/** For once.test.ts only: the HTTP server as a process of its own, on the test's database, that can be killed. */
import { listenHttp } from '../../http.ts'
import { openChildApp } from '../platform/testing-app.ts'

const { port } = await listenHttp(openChildApp().app, (_request, response) => void response.end())
process.stdout.write(`${port}\n`)
