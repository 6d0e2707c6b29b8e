/**
 * Takes NUL out of what an address says: no person types it and no database takes it, so it shall reach neither a query nor a
 * parameter of a path. Everything else that pages read from an address is text like any other.
 */
export function cleanAddress({ url, params }: { url: URL; params: Partial<Record<string, string>> }): void {
  if (/%00/.test(url.search)) url.search = url.search.replaceAll('%00', '')
  for (const [name, value] of Object.entries(params))
    if (value?.includes('\0')) params[name] = value.replaceAll('\0', '\u{fffd}')
}
