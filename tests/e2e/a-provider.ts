/** A member and an institution's own desk, put where a spec needs to see some: how they come to be has specs of its own. */
import pg from 'pg'
import { newId } from '../../src/server/platform/ids.ts'
import { hashOf, randomToken } from '../../src/server/platform/secrets.ts'
import { reachRunningPostgres } from '../../src/server/platform/postgres/reach-running.ts'

export async function putProvider(
  data: string,
): Promise<{ organisation_id: string; desk_id: string; own_unit_id: string }> {
  const database = new pg.Client((await reachRunningPostgres(data)).connection('owner'))
  await database.connect()
  const [organisation_id, desk_id, own_unit_id] = [newId(), newId(), newId()]
  try {
    await database.query(
      `insert into organisations (id, name, kind, region_code) values ($1, 'Komunitas Linux Banua (contoh)', 'community', '63.71')`,
      [organisation_id],
    )
    await database.query(
      `insert into desks (id, name, kind, organisation_id, time_zone, about, website, serves_neighbours, kinds, languages) values
        ($1, 'Komunitas Linux Banua (contoh)', 'provider', $2, 'Asia/Makassar', 'Membantu kantor dan sekolah.', 'https://contoh.id', true, '{free,paid}', '{id,bjn}'),
        ($3, 'Diskominfo Contoh', 'own_unit', $2, 'Asia/Makassar', '', null, false, '{free}', '{id}')`,
      [desk_id, organisation_id, own_unit_id],
    )
    await database.query(`insert into desk_regions (desk_id, region_code) values ($1, '63'), ($1, '62.71')`, [desk_id])
    await database.query(
      `insert into desk_competences (desk_id, competence_code, level, valid_until) values ($1, 'network', 2, now() + interval '1 year'), ($1, 'libreoffice', 1, null)`,
      [desk_id],
    )
    await database.query(
      `insert into desk_hours (desk_id, weekday, opens, closes) select $1, weekday, '08:00', '15:30' from generate_series(1, 5) as weekday`,
      [desk_id],
    )
    await database.query(
      `insert into affiliations (id, organisation_id, desk_id, kind, starts_at) values ($1, $2, $3, 'member', now() - interval '1 year')`,
      [newId(), organisation_id, desk_id],
    )
    await database.query(
      `insert into representations (id, organisation_id, province_code, kind) values ($1, $2, '63', 'member')`,
      [newId(), organisation_id],
    )
    return { organisation_id, desk_id, own_unit_id }
  } finally {
    await database.end()
  }
}

/**
 * An open offer of the newest request to this desk and the link of its mail, and everybody who has a role works there too, so that its pages show
 * something. Answers the link's token.
 */
export async function putOffer(
  data: string,
  { organisation_id, desk_id }: { organisation_id: string; desk_id: string },
): Promise<string> {
  const database = new pg.Client((await reachRunningPostgres(data)).connection('owner'))
  await database.connect()
  const [referral, token] = [newId(), randomToken()]
  try {
    await database.query(
      `insert into referrals (id, ticket_id, kind, state, referring_desk_id, region_code, province_code, urgency, summary)
        select $1, id, 'free', 'offered', holder_desk_id, '63.71', '63', 'normal', 'Pencetak mati, kata [nama].' from tickets order by id desc limit 1`,
      [referral],
    )
    await database.query(
      `insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, region_code, urgency, state, summary,
          files, offered_at, due_at)
        select id, id, ticket_id, 1, '7K3', $2, $3, kind, province_code, region_code, urgency, 'open', summary,
          '[{"type": "image/png", "size": 120000}]', now(), now() + interval '1 day' from referrals where id = $1`,
      [referral, desk_id, organisation_id],
    )
    await database.query(
      `insert into offer_links (token_hash, offer_id, person_id, answer) select $1, $2, id, 'accept' from people order by id limit 1`,
      [hashOf(token), referral],
    )
    await database.query(
      `insert into desk_members (desk_id, person_id, role) select distinct $1::uuid, person_id, 'coordinator' from roles`,
      [desk_id],
    )
    return token
  } finally {
    await database.end()
  }
}

/** Paid work for the newest request: this provider is interested and asks something, another is not asked yet; and an agreement. Answers its links. */
export async function putPaidWork(
  data: string,
  { organisation_id, desk_id, own_unit_id }: { organisation_id: string; desk_id: string; own_unit_id: string },
): Promise<{ token: string; agreement_token: string }> {
  const database = new pg.Client((await reachRunningPostgres(data)).connection('owner'))
  await database.connect()
  const [need, answer, other, token, agreement_token] = [newId(), newId(), newId(), randomToken(), randomToken()]
  try {
    const { rows } = await database.query<{ id: string; requester_id: string }>(
      `update tickets set kind = 'paid' where id = (select id from tickets order by id desc limit 1) returning id, requester_id`,
    )
    const { id: ticket, requester_id } = rows[0]!
    await database.query(
      `insert into paid_needs (id, ticket_id, scope, place, wanted_by, agreed_at, due_at, ends_at, seed)
        values ($1, $2, 'Pasang jaringan untuk dua puluh komputer.', 'Banjarmasin', now() + interval '30 days', now(), now() + interval '7 days',
          now() + interval '37 days', 'x')`,
      [need, ticket],
    )
    for (const [index, [id, desk]] of [[answer, desk_id] as const, [other, own_unit_id] as const].entries())
      await database.query(
        `insert into paid_answers (id, need_id, ticket_id, desk_id, organisation_id, position, summary, region_code, wanted_by, due_at)
          values ($1, $2, $3, $4, $5, $6, 'Pasang jaringan untuk dua puluh komputer.', '63.71', now() + interval '30 days', now() + interval '7 days')`,
        [id, need, ticket, desk, organisation_id, index + 1],
      )
    await database.query(
      `update paid_answers set invited_at = now(), question = 'Berapa titik?', asked_at = now() where id = $1`,
      [answer],
    )
    await database.query(`insert into paid_links (token_hash, answer_id, person_id) values ($1, $2, $3)`, [
      hashOf(token),
      answer,
      requester_id,
    ])
    await database.query(
      `insert into agreements (id, answer_id, desk_id, organisation_id, customer_id, kind, starts_on, ends_on, coverage, response_minutes,
          resolution_minutes, asked_person_id)
        values ($1, $1, $2, $3, $3, 'maintenance', '2027-01-01', '2027-12-31', 'office_hours', 120, 960, $4)`,
      [answer, desk_id, organisation_id, requester_id],
    )
    await database.query(`insert into agreement_links (token_hash, agreement_id, person_id) values ($1, $2, $3)`, [
      hashOf(agreement_token),
      answer,
      requester_id,
    ])
    return { token, agreement_token }
  } finally {
    await database.end()
  }
}

/** Somebody who was named as duty contact and has not answered yet. Answers the token of the link that was mailed to them. */
export async function putDutyLink(data: string, { desk_id }: { desk_id: string }): Promise<string> {
  const database = new pg.Client((await reachRunningPostgres(data)).connection('owner'))
  await database.connect()
  const [person_id, point_id, token] = [newId(), newId(), randomToken()]
  const address = `jaga.${person_id.slice(-12)}@mitra.contoh.test`
  try {
    await database.query(
      `insert into people (id, name, folded_name, language) values ($1, 'Bayu Contoh', 'bayu contoh', 'id')`,
      [person_id],
    )
    await database.query(
      `insert into contact_points (id, person_id, channel, address, normalised) values ($1, $2, 'email', $3, $3)`,
      [point_id, person_id, address],
    )
    await database.query(
      `insert into duty_contacts (id, desk_id, person_id, contact_point_id, channel, position, asked_at) values ($1, $2, $3, $4, 'email', 2, now())`,
      [newId(), desk_id, person_id, point_id],
    )
    await database.query(
      `insert into one_time_links (token_hash, purpose, person_id, address, expires_at) values ($1, 'duty', $2, $3, now() + interval '7 days')`,
      [hashOf(token), person_id, address],
    )
    return token
  } finally {
    await database.end()
  }
}
