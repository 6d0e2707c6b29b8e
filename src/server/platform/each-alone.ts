/**
 * Does the same for each, one after the other, and lets none keep the rest from it: what failed is thrown when all have had their turn, so
 * that whoever runs the round says so and comes again. For rounds whose things have nothing to do with each other, each in a transaction of
 * its own.
 */
export async function eachAlone<Thing, Answer>(
  things: Iterable<Thing>,
  work: (thing: Thing) => Promise<Answer>,
): Promise<Answer[]> {
  const answers: Answer[] = []
  const faults: unknown[] = []
  for (const thing of things)
    await work(thing).then(
      (answer) => answers.push(answer),
      (fault: unknown) => faults.push(fault),
    )
  if (faults.length === 1) throw faults[0]
  if (faults.length > 1)
    throw new AggregateError(faults, `${faults.length} failed, the first of them: ${String(faults[0])}`)
  return answers
}
