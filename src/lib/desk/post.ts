/** Sends an object to one of our own addresses and answers what it said; null when it could not (away, signed out, refused). */
export async function post<Answer>(address: string, body: unknown): Promise<Answer | null> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
  }).catch(() => null)
  if (!answer?.ok) return null
  return (await answer.json().catch(() => null)) as Answer | null
}

/** Asks one of our own addresses; null like {@link post}. */
export async function look<Answer>(address: string): Promise<Answer | null> {
  const answer = await fetch(address, { headers: { accept: 'application/json' }, redirect: 'error' }).catch(() => null)
  if (!answer?.ok) return null
  return (await answer.json().catch(() => null)) as Answer | null
}
