import type pg from 'pg'
import { familiesOfCodes } from '../../lib/desk/outbox-codes.ts'
import { lookAtGammu, readSmppAddress, smppLease, textLines, tryLink } from '../../server/channels/index.ts'
import type { Call } from '../verb.ts'
import { fine, wrong, type Finding } from './finding.ts'

const CONNECT_MS = 5_000

type Line = ReturnType<typeof textLines>[number]

/**
 * SMS gateways: how the process that sends finds each, who holds its line, and whether it can be reached from here. Of an operator only the address is
 * tried, because a second bind may end the first; of Gammu its tables or folders. A line without a prefix sends abroad, too: that is said.
 */
export async function lookAtSms(client: pg.ClientBase, settings: Call['settings']): Promise<Finding[]> {
  const lines = textLines(settings).filter(({ kind }) => kind !== 'whatsapp' && kind !== 'telegram')
  const { rows: there } = await client.query<{ ready: boolean }>(
    `select to_regclass('public.gateway_states') is not null and to_regclass('public.leases') is not null as ready`,
  )
  if (lines.length === 0 || !there[0]!.ready) return []
  const { rows: states } = await client.query<State>(
    `select distinct on (name) name, connected, last_error from gateway_states where seen_at > now() - interval '30 seconds'
     order by name, connected nulls last, seen_at desc, process_id`,
  )
  const { rows: leases } = await client.query<{ name: string }>(
    `select name from leases where until between now() and now() + interval '1 hour'`,
  )
  const held = new Set(leases.map(({ name }) => name))
  const findings: Finding[] = []
  for (const line of lines) {
    const place = await lookAtPlace(line)
    findings.push(
      sayState(
        line,
        states.find(({ name }) => name === line.name),
        place && held.has(place.lease),
      ),
    )
    if (place) findings.push(place.finding)
    if (line.prefixes.length === 0) findings.push(servesAll(line))
  }
  return findings
}

/** Senders are forged freely, and each answer abroad is dear. */
const servesAll = ({ name, kind }: Line): Finding =>
  wrong(
    `sms prefix ${name}`,
    `${kind}: sends to numbers of any country, because it has no prefix`,
    'add prefix=+62 to its words in PANDU_SMS_GATEWAY, and the beginnings of other countries that you mean to pay for (docs/channels.md)',
  )

interface State {
  name: string
  connected: boolean | null
  last_error: string | null
}

/** @param is_held null for a kind whose lines nobody holds alone */
function sayState({ name, kind }: Line, state: State | undefined, is_held: boolean | null): Finding {
  const about = `sms gateway ${name}`
  if (!state)
    return wrong(
      about,
      is_held ? `${kind}: a process holds the line and says nothing of it` : `${kind}: no running process sends by it`,
      is_held
        ? 'ask again in half a minute: a process that was killed holds its line so long'
        : 'start Pandu, or look into its log for why it stopped',
    )
  if (state.connected === false)
    return wrong(
      about,
      `${kind}: not connected${state.last_error ? `, ${state.last_error}` : ''}`,
      'check its address, user and password in PANDU_SMS_GATEWAY, and whether it runs; texts wait meanwhile (docs/channels.md)',
    )
  const holder = is_held === null ? '' : is_held ? ', one process holds the line' : ', nobody holds the line now'
  return fine(about, `${kind}: ${state.connected ? 'connected' : 'known once a text was sent by it'}${holder}`)
}

/** Where a line leads, seen from here; null for kinds that are only asked when a text goes. */
async function lookAtPlace(line: Line): Promise<{ lease: string; finding: Finding } | null> {
  if (line.kind === 'smpp') {
    const address = readSmppAddress(line.url)
    const where = `${address.host}:${address.port}`
    const error = await tryLink({ ...address, answer_ms: CONNECT_MS })
    const about = `sms operator ${line.name}`
    return {
      lease: smppLease(address),
      finding:
        error === null
          ? fine(about, `${where} answers${address.secure ? ', and its certificate is good' : ''}`)
          : whyNot(about, where, error),
    }
  }
  if (line.kind !== 'gammu') return null
  const { lease, error } = await lookAtGammu(line)
  const about = `gammu ${line.name}`
  const finding =
    error === null
      ? fine(about, 'its tables or folders are there and can be used')
      : wrong(
          about,
          `its tables or folders cannot be used from here, ${error}`,
          error === 'ENOENT'
            ? 'check the path in PANDU_SMS_GATEWAY, and make the tables or folders (docs/channels.md, Gammu)'
            : 'let the user who runs Pandu write there, such as by the group gammu (docs/channels.md, Gammu)',
        )
  return { lease, finding }
}

/** In the words of the page of the channels, which knows the same codes (lib/desk/outbox-codes.ts). */
function whyNot(about: string, where: string, error: string): Finding {
  const family = familiesOfCodes.find(([pattern]) => pattern.test(error))?.[1]
  if (family === 'certificate')
    return wrong(
      about,
      `${where} shows a certificate that is not to be trusted, ${error}; nothing is said to it`,
      'ask the operator for the name on its certificate and for who signed it: write the host so, or add ?tls_name= and ?ca=/path/to/their.pem to the line in PANDU_SMS_GATEWAY (docs/channels.md, SMPP)',
    )
  if (family === 'no_tls')
    return wrong(
      about,
      `${where} answers, but not by TLS, ${error}`,
      'check the port, or write smpp:// in PANDU_SMS_GATEWAY if the operator takes no TLS and the way to it is otherwise protected',
    )
  if (family === 'gone_path' || family === 'no_permission')
    return wrong(about, `the file behind ?ca= cannot be read, ${error}`, 'check its path in PANDU_SMS_GATEWAY')
  return wrong(
    about,
    `${where} cannot be reached from here, ${error}`,
    'check host and port in PANDU_SMS_GATEWAY, and whether the operator lets this machine in',
  )
}
