/**
 * Where the fault runs let the process die, to prove that nothing acknowledged is lost. `PANDU_FAULT=intake.after_commit` kills it the
 * first time it comes there, `PANDU_FAULT=intake.after_commit:7` the seventh. Without the variable these calls do nothing.
 */
export type FaultPoint =
  | 'intake.before_commit'
  | 'intake.after_commit'
  | 'intake.after_250'
  | 'imap.after_commit'
  | 'texts.gammu_after_commit'
  | 'texts.smpp_after_commit'
  | 'texts.telegram_after_commit'
  | 'outbox.after_send'
  | 'texts.handed'
  | 'texts.after_send'
  | 'api.before_commit'
  | 'api.after_commit'
  | 'worker.before_work'
  | 'worker.after_work'
  | 'texts.after_receipts'
  | 'texts.after_parts'
  | 'texts.before_commit'
  | 'texts.after_commit'
  | 'migrate.before_commit'

const [wanted, count] = (process.env['PANDU_FAULT'] ?? '').split(':')
let passes = 0

export function fault(point: FaultPoint): void {
  if (point !== wanted) return
  passes += 1
  // As kill -9 does: nothing is flushed, nothing is said goodbye to.
  if (passes === Number(count ?? 1)) process.kill(process.pid, 'SIGKILL')
}

/** The other kind: `PANDU_FAULT=blob.flush` lets every flush of a blob fail as a dying disk does, and the process live. */
export function failingDisk(point: 'blob.flush'): void {
  if (point === wanted) throw Object.assign(new Error('EIO: i/o error, fdatasync'), { code: 'EIO' })
}
