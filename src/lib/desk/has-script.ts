/**
 * Whether a page of the desk leads there by itself. The other routes carry no script (`csr = false`), and no sentences for one (src/hooks.ts): the
 * browser opens them whole, or every word on them would be a key.
 * @param route_id as SvelteKit names a route; null where the address is none of ours
 */
export const hasScript = (route_id: string | null): boolean =>
  route_id !== null && route_id.startsWith('/(desk)/') && !/^\/\(desk\)\/desk\/settings(\/|$)/.test(route_id)
