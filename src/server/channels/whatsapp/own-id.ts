import { isId } from '../../platform/ids.ts'

/**
 * What goes with each text of ours and comes back with each of its states (`biz_opaque_callback_data`, up to 512 characters): so a state
 * finds its text also where the answer to our sending never came.
 */
export const ownId = (outbox_id: string, number: number): string => `pandu:${outbox_id}:${number}`

/** The text of ours that is meant; null for what we did not write. */
export function readOwnId(text: string): { outbox_id: string; number: number } | null {
  const [, outbox_id = '', number = ''] = /^pandu:([0-9a-f-]{36}):(\d{1,3})$/.exec(text) ?? []
  return isId(outbox_id) && Number(number) >= 1 ? { outbox_id, number: Number(number) } : null
}
