/**
 * For pages whose address is a key: nothing may store it, index it, or pass it on in a Referer. Call it before anything can fail, so
 * that the page for a dead link has it too.
 */
export const leaveNoTrace = (setHeaders: (headers: Record<string, string>) => void): void =>
  setHeaders({ 'cache-control': 'no-store', 'referrer-policy': 'no-referrer', 'x-robots-tag': 'noindex' })
