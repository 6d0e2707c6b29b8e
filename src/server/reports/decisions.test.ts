import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { everybody, system } from '../platform/context.ts'
import { newId } from '../platform/ids.ts'
import { useDatabase } from '../platform/testing.ts'
import { aDesk, aStaff } from '../desks/testing.ts'
import { aProvider } from '../membership/testing-providers.ts'
import { aTicket } from '../tickets/testing.ts'
import { completeResolution } from '../tickets/index.ts'
import { countDecisions, decisionKinds, listDecisions } from './index.ts'

const database = useDatabase()

test(
  'everything that waits for the secretariat stands in one list, the oldest first; what a province decides itself does not',
  database.story(async ({ as, facts }) => {
    const ctx = await as(system)
    const secretariat = await aDesk(ctx, { kind: 'secretariat' })
    const province = await aDesk(ctx)
    const head = await aStaff(ctx, { desk: secretariat, role: 'coordinator' })
    const agent = await aStaff(ctx, { desk: province })
    const partner = await aProvider(ctx, { kind: 'partner', represents: ['33'], regions: ['33'] })
    const member = await aProvider(ctx, { name: 'Lembaga Bersedia Contoh', represents: ['33'] })
    const ending = await aProvider(ctx, { ends_at: new Date(ctx.now.getTime() + 6 * 86_400_000) })
    const ticket = () => aTicket(ctx, { desk: secretariat })
    const days = (n: number) => sql`${ctx.now}::timestamptz - make_interval(days => ${n}::int)`
    await sql`insert into referral_policies (version, policy) values ('contoh', '{}') on conflict do nothing`.execute(
      ctx.tx,
    )
    const referral = async (state: string, ticket_id: string, since: number, shown: boolean) => {
      const id = newId()
      await sql`insert into referrals (id, ticket_id, kind, state, state_since, referring_desk_id, region_code, province_code, urgency, summary, shown_at)
        values (${id}::uuid, ${ticket_id}::uuid, 'free', ${state}, ${days(since)}, ${province.id}::uuid, '33.74', '33', 'normal', 'contoh',
          case when ${shown} then ${days(since)} end)`.execute(ctx.tx)
      return id
    }
    const of = {
      unmet: await aTicket(ctx, { desk: province }),
      shown: await ticket(),
      returned: await ticket(),
      objected: await ticket(),
    }
    await referral('unmet', of.unmet.id, 20, true)
    await referral('offered', of.shown.id, 19, true)
    await referral('offered', (await ticket()).id, 30, false)
    await referral('returned', of.returned.id, 18, false)
    const objected = await referral('accepted', of.objected.id, 40, false)
    await sql`insert into referral_objections (id, referral_id, ticket_id, words, made_at)
      values (${newId()}::uuid, ${objected}::uuid, ${of.objected.id}::uuid, 'Saya keberatan, NIK 3174015208900001', ${days(17)})`.execute(
      ctx.tx,
    )
    await sql`insert into competences (code, name_id, name_en) values ('contoh', 'Contoh', 'Example') on conflict do nothing`.execute(
      ctx.tx,
    )
    await sql`insert into competence_proposals (id, desk_id, competence_code, level, kind, title, valid_until, proposed_at)
      values (${newId()}::uuid, ${partner.desk.id}::uuid, 'contoh', 1, 'certificate', 'Sertifikat', now() + interval '1 year', ${days(9)})`.execute(
      ctx.tx,
    )
    const { desk: asks } = await aProvider(ctx, { name: 'Lembaga Bertanya Contoh' })
    for (const desk of [secretariat, province]) {
      const waits = await aTicket(ctx, { desk })
      const going = newId()
      await sql`insert into referrals (id, ticket_id, kind, state, state_since, referring_desk_id, region_code, province_code, urgency, summary)
        values (${going}::uuid, ${waits.id}::uuid, 'free', 'offered', ${days(1)}, ${desk.id}::uuid, '33.74', '33', 'normal', 'contoh')`.execute(
        ctx.tx,
      )
      await sql`insert into offers (id, referral_id, ticket_id, number, code, desk_id, organisation_id, kind, province_code, state, summary, offered_at, due_at)
        select ${going}::uuid, ${going}::uuid, ${waits.id}::uuid, 1, ${desk === secretariat ? '7K3' : '7K4'}, id, organisation_id, 'free', '33', 'open', 'contoh',
          now(), now() + interval '1 hour' from desks where id = ${asks.id}::uuid`.execute(ctx.tx)
      await sql`insert into offer_questions (id, offer_id, asked_at, asked_by, asked_via, question)
        values (${newId()}::uuid, ${going}::uuid, ${days(10)}, ${head.person_id}::uuid, 'web', 'Berapa komputer?')`.execute(
        ctx.tx,
      )
      const asked = await aTicket(ctx, { desk })
      await sql`insert into referral_questions (ticket_id, asks, asked_at) values (${asked.id}::uuid, 'topic', ${days(16)})`.execute(
        ctx.tx,
      )
      await aTicket(ctx, { desk, possible_ticket_id: of.shown.id })
      const held = await aTicket(ctx, { desk })
      await sql`insert into intake_items (id, channel, size, sha256, fingerprint, outcome, reason, settled_at, received_at, possible_ticket_id, text, sender_address)
        values (${newId()}::uuid, 'email', 1, 'x', ${newId()}, 'quarantined', 'sender_doubtful', now(), ${days(15)}, ${held.id}::uuid, 'Isi', 'a@contoh.example')`.execute(
        ctx.tx,
      )
      const solved = await aTicket(ctx, { desk })
      await sql`insert into resolutions (ticket_id, id, problem, steps, to_complete_since)
        values (${solved.id}::uuid, ${newId()}::uuid, 'Masalah', 'Langkah', ${days(14)})`.execute(ctx.tx)
    }
    for (const renews of [null, ending.affiliation_id])
      await sql`insert into applications (id, kind, state, channel, form, contact_address, token_hash, renews_id, state_since)
        values (${newId()}::uuid, 'member', 'received', 'web', '{"institution":{"name":"Pendaftar Contoh"}}', 'a@contoh.example', ${newId()}, ${null}::uuid, ${days(renews ? 12 : 13)})`.execute(
        ctx.tx,
      )
    await sql`insert into partner_reviews (id, affiliation_id, province_code, representation_id, made_at, due_at)
      select ${newId()}::uuid, ${partner.affiliation_id}::uuid, '33', id, ${days(11)}, now() from representations where organisation_id = ${member.organisation.id}::uuid`.execute(
      ctx.tx,
    )

    const seen = await as(head)
    const { items, counts } = await listDecisions(seen)
    expect(counts).toEqual({
      ...Object.fromEntries(decisionKinds.map((kind) => [kind, 1])),
      application: 2,
      renewal: 0,
    })
    expect(await countDecisions(seen)).toBe(items.length)
    expect(items.map(({ kind }) => kind)).toEqual(
      'term unmet shown returned objection asked held incomplete application application review question competence follow_up'.split(
        ' ',
      ),
    )
    expect(items.find(({ kind }) => kind === 'objection')).toMatchObject({
      words: expect.stringMatching(/NIK •+01$/) as string,
      ticket: { number: of.objected.number },
    })
    expect(items.find(({ kind }) => kind === 'review')).toMatchObject({
      name: partner.organisation.name,
      member: 'Lembaga Bersedia Contoh',
      province: 'Jawa Tengah',
    })
    expect((await listDecisions(seen, { kind: 'unmet' })).items).toMatchObject([
      { kind: 'unmet', ticket: { number: of.unmet.number } },
    ])

    const incomplete = items.find(({ kind }) => kind === 'incomplete')!
    const done = { ticket_id: incomplete.ticket!.id, problem: 'Pencetak mati', steps: 'Nyalakan' }
    await completeResolution(await as(head), done)
    expect((await listDecisions(await as(head))).counts.incomplete).toBe(0)
    expect(await facts()).toContain('ticket.resolution_completed')
    await expect(completeResolution(await as(head), done)).rejects.toMatchObject({ kind: 'conflict' })

    // An application for the next term takes the place of the term that ends.
    await sql`update applications set renews_id = ${ending.affiliation_id}::uuid where id = ${items.find(({ kind }) => kind === 'application')!.id}::uuid`.execute(
      (await as(system)).tx,
    )
    expect((await listDecisions(await as(head))).counts).toMatchObject({ application: 1, renewal: 1, term: 0 })

    for (const actor of [agent, everybody])
      await expect(listDecisions(await as(actor))).rejects.toMatchObject({ kind: 'forbidden' })
  }),
)
