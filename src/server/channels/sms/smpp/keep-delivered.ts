import { createHash } from 'node:crypto'
import { sql } from 'kysely'
import type { App } from '../../../platform/app.ts'
import { codeOf } from '../../../platform/database.ts'
import { fault } from '../../../platform/fault.ts'
import { newId } from '../../../platform/ids.ts'
import { OutcomeUnknown } from '../../email/index.ts'
import { takeItem } from '../../take-item.ts'
import type { NewItem } from '../../take-items.ts'
import type { LinkWork } from './link.ts'
import { numberOf } from './numbers.ts'
import { BrokenPdu, readPdu, statusOf } from './pdu.ts'
import { smppGreeting } from './read.ts'
import { bindName, type SmppAddress } from './smpp-address.ts'

/** What an operator sends again, it sends soon: when the line is back, or after its timeout. */
const AGAIN_MAX_MS = 3_600_000
/** The header: its sequence number is another one when the message comes again. */
const HEADER_BYTES = 16
const SEEN_MAX = 10_000

/**
 * Puts what an operator brings into the ledger, committed before it is answered.
 *
 * SMPP gives a message neither an id nor a time, so a message that comes again looks as the one that somebody wrote twice: "ya", and "ya" again.
 * They are told apart by what the operator knows: it sends again only what it does not know to be answered. The bytes are the fingerprint for
 * as long as it may not have seen our answer; once it has for certain (it answered something that we sent later), the fingerprint is given
 * free, and the same bytes are a new message.
 */
export function openKeeping(app: App, line: { name: string }, address: SmppAddress): LinkWork {
  let seen: string[] = []
  let freeing = false
  const free = async () => {
    freeing = true
    while (seen.length > 0) {
      const some = seen.splice(0, 500)
      try {
        await freeFingerprints(app, some)
      } catch {
        // The database is away. They are told apart by their age instead, or with the next that are seen.
        seen = [...some, ...seen].slice(0, SEEN_MAX)
        break
      }
    }
    freeing = false
  }
  return {
    keep: (raw) => keep(app, itemOf(raw, line, address)),
    onSeen(raws) {
      seen.push(...raws.map((raw) => fingerprintOf(raw, line.name)))
      if (!freeing) void free()
    },
  }
}

async function keep(app: App, item: NewItem): Promise<number | null> {
  if (!app.available()) return statusOf('ESME_RX_T_APPN')
  try {
    const taken = await takeItem(app, item)
    if (taken.duplicate_of !== null && timeOf(taken.duplicate_of) < Date.now() - AGAIN_MAX_MS)
      await takeItem(app, { ...item, fingerprint: `${item.fingerprint} ${newId()}` })
    fault('texts.smpp_after_commit')
    app.poke('sms')
    return 0
  } catch (error) {
    app.log.error({ code: codeOf(error) }, 'what an SMPP line brought could not be kept; it comes again')
    return error instanceof OutcomeUnknown ? null : statusOf('ESME_RX_T_APPN')
  }
}

function itemOf(raw: Buffer, { name }: { name: string }, address: SmppAddress): NewItem {
  const { from, to } = numbersOf(raw)
  return {
    channel: 'sms',
    raw,
    fingerprint: fingerprintOf(raw, name),
    recipients: to === '' ? [] : [to],
    ...(from === '' ? {} : { envelope_from: from }),
    remote: bindName(address),
    greeting: smppGreeting(name, address.alphabet),
  }
}

/** Bytes that are no message are kept too; whoever reads the item says so. */
function numbersOf(raw: Buffer): { from: string; to: string } {
  try {
    const { fields } = readPdu(raw)
    return {
      from: numberOf(fields.source_addr_ton, fields.source_addr),
      to: numberOf(fields.dest_addr_ton, fields.destination_addr),
    }
  } catch (error) {
    if (error instanceof BrokenPdu) return { from: '', to: '' }
    throw error
  }
}

const fingerprintOf = (raw: Buffer, name: string) =>
  createHash('sha256')
    .update(JSON.stringify(['smpp', name, raw.readUInt32BE(4)]))
    .update(raw.subarray(HEADER_BYTES))
    .digest('hex')

/** A UUIDv7 begins with its time. */
const timeOf = (id: string) => Number.parseInt(id.replaceAll('-', '').slice(0, 12), 16)

async function freeFingerprints(app: App, fingerprints: readonly string[]): Promise<void> {
  await sql`update intake_fingerprints set fingerprint = fingerprint || ' ' || item_id
    where fingerprint = any (${[...fingerprints]}::text[])`.execute(app.worker)
}
