import { openWhole } from '#lib/open-whole.ts'

// The way in works without script, like the public pages.
export const csr = false
export const load = openWhole
