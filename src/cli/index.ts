import { backup } from './backup.ts'
import { demo } from './demo.ts'
import { doctor } from './doctor.ts'
import { journalHead } from './journal-head.ts'
import { migrateOnly } from './migrate.ts'
import { restore } from './restore.ts'
import { replayReferral } from './replay.ts'
import { simulateNetwork } from './simulate.ts'
import { start, web, worker } from './start.ts'
import { token } from './token.ts'
import { user } from './user.ts'
import type { Verb } from './verb.ts'
import { verify } from './verify.ts'

export const verbs: Record<string, Verb> = {
  start,
  web,
  worker,
  migrate: migrateOnly,
  demo,
  user,
  token,
  backup,
  restore,
  verify,
  'journal-head': journalHead,
  doctor,
  simulate: simulateNetwork,
  replay: replayReferral,
}
