/** For tests/peers/smpp.test.ts only: whoever holds an SMPP line as a process of its own, on the test's database, that can be killed. */
import { openChildApp } from '../../../platform/testing-app.ts'
import { readGatewayLines } from '../../texts/read-gateways.ts'
import { openSmpp } from './open-smpp.ts'

const { app, given } = openChildApp()
openSmpp(app, readGatewayLines(given['line']!)[0]!)
