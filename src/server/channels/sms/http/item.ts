import { createHash, randomUUID } from 'node:crypto'
import { sameBytes, type Secrets } from '../../../platform/secrets.ts'
import type { NewItem } from '../../take-items.ts'
import { readReportMark } from '../../texts/report-mark.ts'
import { rawOf, readRequest, type ReceivedRequest } from '../gateway-request.ts'
import { contentOf, HEADERS, NOTED, type Noted } from './read.ts'
import { jsonOf, valueAt, wordAt } from './place.ts'
import type { Template } from './template.ts'

/** Whether a request carries the key that this gateway's file names; false where it names none. */
export function hasTemplateKey(
  { key }: Template,
  { headers, target }: Pick<ReceivedRequest, 'headers' | 'target'>,
): boolean {
  if (!key) return false
  const given = key.header
    ? headers[key.header.toLowerCase()]
    : new URLSearchParams(target.split('?').slice(1).join('?')).get(key.field!)
  return typeof given === 'string' && sameBytes(given, key.value)
}

/**
 * What a gateway brought, for the ledger: an item for each message or report, so that a bad one harms no other. How it is to be read is noted in
 * each, because the file may say something else tomorrow. Null where the file does not describe such requests.
 */
export function httpItems(
  secrets: Secrets,
  asked: ReceivedRequest,
  given: { name: string; template: Template; is_report: boolean },
): NewItem[] | null {
  const { name, template, is_report } = given
  const described: Noted | undefined = is_report
    ? template.reports && { reports: template.reports }
    : template.incoming && { incoming: template.incoming }
  if (!described) return null
  const secret = template.key?.field
  const each = (is_report ? template.reports : template.incoming)?.each
  return bodiesOf(asked, each).map((body) => {
    const one = { ...asked, body }
    const content = contentOf(readRequest(rawOf(one, HEADERS)))
    const outbox_id = is_report ? markedIn(secrets, content, template.reports?.fields.mark) : null
    const noted = { ...described, ...(outbox_id === null ? {} : { of: outbox_id }) }
    const fields = is_report ? template.reports!.fields : template.incoming!.fields
    const told = (field: string | undefined) => wordAt(content, field)?.trim() ?? ''
    const { from, to } = fields as { from?: string; to?: string }
    return {
      channel: 'sms' as const,
      raw: rawOf(one, HEADERS, { [NOTED]: asciiOf(noted) }, secret),
      fingerprint: fingerprint(name, is_report, content, fields),
      recipients: told(to) === '' ? [] : [told(to)],
      greeting: `http:${name}`,
      ...(from === undefined ? {} : { envelope_from: told(from) }),
      ...(asked.remote === undefined ? {} : { remote: asked.remote }),
    }
  })
}

/** The body for each item; what is no list as the file says is one item, and said to be unreadable when it is read. */
function bodiesOf({ body }: ReceivedRequest, each: string | undefined): Uint8Array[] {
  const list = each === undefined ? undefined : valueAt(jsonOf(Buffer.from(body).toString()), each)
  return Array.isArray(list) ? list.map((one) => Buffer.from(JSON.stringify(one))) : [body]
}

const markedIn = (secrets: Secrets, content: unknown, field: string | undefined) =>
  readReportMark(secrets, wordAt(content, field) ?? '')

/** As with Kannel: the content counts with the id, and what has neither id nor time is an item of its own each time. */
function fingerprint(
  name: string,
  is_report: boolean,
  content: unknown,
  fields: Readonly<Record<string, string | undefined>>,
): string {
  const told = Object.keys(fields)
    .toSorted()
    .map((field) => wordAt(content, fields[field]) ?? '')
  const known = [fields['id'], fields['mark'], fields['at']].some((field) => wordAt(content, field))
  return createHash('sha256')
    .update(JSON.stringify(['http', name, is_report, ...told, known ? '' : randomUUID()]))
    .digest('hex')
}

/** A header is bytes, and JSON may say every letter in ASCII. */
const asciiOf = (value: unknown) =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
