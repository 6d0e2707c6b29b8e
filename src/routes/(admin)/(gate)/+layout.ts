// The way in works without script, like the public pages.
export const csr = false
