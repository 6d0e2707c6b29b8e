/** For beats.test.ts only: a worker as a process of its own, on the test's database, that dies in its first job. */
import { openChildApp } from '../platform/testing-app.ts'
import { startBeats, startWorker } from './index.ts'

const { app, given } = openChildApp()
startBeats(app, { worker: await startWorker(app) }, Number(given['silent_seconds']))
