/**
 * Sends an object to one of our own addresses and answers what it said; null when it could not (away, signed out, refused).
 * @param outlives_page for what is said while the page goes: browsers take 64 kB like that, and no more
 */
export async function post<Answer>(address: string, body: unknown, outlives_page = false): Promise<Answer | null> {
  const answer = await fetch(address, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    redirect: 'error',
    keepalive: outlives_page,
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
