import { MAY_WAIT, MAY_WAIT_PRIORITY } from './reactions.ts'

/** One job to be added: its task, the facts it is about, and whether a flood may hold it back. */
export interface JobSpec {
  identifier: string
  payload: unknown
  may_wait?: boolean
}

/** Adds the jobs of `$1`, a JSON list of {@link JobSpec}: for the relay, and for a restored backup, whose jobs begin anew. */
export const addJobsStatement = `select count(*) from graphile_worker.add_jobs(array(
  select row(s.identifier, s.payload, null, null, 25, null, case when s.may_wait then ${MAY_WAIT_PRIORITY} end,
    case when s.may_wait then array['${MAY_WAIT}'] end)::graphile_worker.job_spec
  from jsonb_to_recordset($1::jsonb) as s (identifier text, payload json, may_wait boolean)))`
