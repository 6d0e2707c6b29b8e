import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where every start of a program keeps what it compiled: a run of all tests starts hundreds, and half the time of each went into that. */
export const COMPILED = process.env['NODE_COMPILE_CACHE'] ?? join(tmpdir(), 'pandu-compiled')

/** The environment of a program that a test starts: nothing of whoever runs the tests, but for what a start needs anywhere. */
export const bareEnvironment = (): Record<string, string> => ({
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: COMPILED,
})
