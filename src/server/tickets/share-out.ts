/** To whom the tickets of somebody who leaves go. Pure: the page shows beforehand what the command then does. */
export interface HeldTicket {
  id: string
  number: string
  subject: string
  desk_id: string
}

/** Somebody who works at a desk, with how many open tickets they hold already. */
export interface Colleague {
  person_id: string
  name: string
  desk_id: string
  open_count: number
}

/** A colleague's id; nobody: back to the desk; evenly: each to whoever of its desk has the fewest. */
export type Receiver = 'nobody' | 'evenly' | (string & {})

/** One answer a ticket, in the order given: who gets it, or null for the desk (nobody else works there, or the colleague does not). */
export function shareOut(
  tickets: readonly HeldTicket[],
  colleagues: readonly Colleague[],
  to: Receiver,
): { ticket: HeldTicket; person_id: string | null }[] {
  // Somebody who works at two desks carries what they get at both.
  const load = new Map(colleagues.map(({ person_id, open_count }) => [person_id, open_count]))
  const atDesk = Map.groupBy(colleagues, ({ desk_id }) => desk_id)
  return tickets.map((ticket) => {
    const here = atDesk.get(ticket.desk_id) ?? []
    const chosen =
      to === 'evenly'
        ? here.toSorted(
            (a, b) => load.get(a.person_id)! - load.get(b.person_id)! || (a.person_id < b.person_id ? -1 : 1),
          )[0]
        : here.find(({ person_id }) => person_id === to)
    if (chosen) load.set(chosen.person_id, load.get(chosen.person_id)! + 1)
    return { ticket, person_id: chosen?.person_id ?? null }
  })
}
