import type { Verb } from './verb.ts'

/** Each is loaded when it is asked for: what `token` needs is a fraction of what `start` loads. */
export const verbs: Record<string, () => Promise<Verb>> = {
  start: async () => (await import('./start.ts')).start,
  web: async () => (await import('./start.ts')).web,
  worker: async () => (await import('./start.ts')).worker,
  migrate: async () => (await import('./migrate.ts')).migrateOnly,
  demo: async () => (await import('./demo.ts')).demo,
  user: async () => (await import('./user.ts')).user,
  token: async () => (await import('./token.ts')).token,
  backup: async () => (await import('./backup.ts')).backup,
  restore: async () => (await import('./restore.ts')).restore,
  verify: async () => (await import('./verify.ts')).verify,
  'journal-head': async () => (await import('./journal-head.ts')).journalHead,
  doctor: async () => (await import('./doctor.ts')).doctor,
  simulate: async () => (await import('./simulate.ts')).simulateNetwork,
  replay: async () => (await import('./replay.ts')).replayReferral,
}
