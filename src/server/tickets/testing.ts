/** For tests only: tickets that make their own parents. Not exported by index.ts. */
import { sql } from 'kysely'
import type { StaffActor, Writing } from '../platform/context.ts'
import { aDesk, aStaff, type TestDesk } from '../desks/testing.ts'
import { aPerson, type TestPerson } from '../people/testing.ts'
import { openTickets, type NewTicket, type OpenedTicket } from './open-tickets.ts'

export interface TestTicket extends OpenedTicket {
  desk: TestDesk
  requester: TestPerson
}

/** An opened ticket with its first message, as the intake makes it. Call as `system`. */
export async function aTicket(
  ctx: Writing,
  given: Partial<Omit<NewTicket, 'desk_id' | 'requester_id'>> & { desk?: TestDesk; requester?: TestPerson } = {},
): Promise<TestTicket> {
  const { desk: givenDesk, requester: givenRequester, ...rest } = given
  const desk = givenDesk ?? (await aDesk(ctx))
  const requester = givenRequester ?? (await aPerson(ctx))
  const [opened] = await openTickets(ctx, [
    {
      subject: 'Pencetak berhenti',
      text: 'Pencetak kami tidak mau mencetak sejak pindah ke Linux.',
      channel: 'web',
      language: 'id',
      ...rest,
      desk_id: desk.id,
      requester_id: requester.id,
    },
  ])
  return { ...opened!, desk, requester }
}

/** A ticket and an agent of the desk that holds it. */
export async function aTicketWithAgent(
  ctx: Writing,
  given: Parameters<typeof aTicket>[1] = {},
): Promise<{ ticket: TestTicket; agent: StaffActor }> {
  const desk = given.desk ?? (await aDesk(ctx))
  return { agent: await aStaff(ctx, { desk }), ticket: await aTicket(ctx, { ...given, desk }) }
}

/** Somebody takes part beside the requester, by their first mail address. Call as `system`. */
export async function takesPart(
  ctx: Writing,
  { ticket_id, person_id, part }: { ticket_id: string; person_id: string; part: 'participant' | 'suggested' },
): Promise<void> {
  await sql`insert into participants (ticket_id, person_id, part, contact_point_id)
    select ${ticket_id}::uuid, ${person_id}::uuid, ${part}, (select id from contact_points
      where person_id = ${person_id}::uuid and channel = 'email' order by created_at, id limit 1)`.execute(ctx.tx)
}

/** Whoever holds the secret link of this ticket. */
export const theRequester = (ticket: TestTicket) =>
  ({ kind: 'requester', person_id: ticket.requester.id, ticket_id: ticket.id }) as const
