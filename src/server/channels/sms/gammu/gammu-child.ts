/** For tests/peers/gammu.test.ts only: whoever fetches from Gammu as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../../../platform/testing-app.ts'
import { readGatewayLines } from '../../texts/read-gateways.ts'
import { openGammu } from './open-gammu.ts'

const { app, given } = openChildApp()
openGammu(app, readGatewayLines(given['line']!)[0]!)
