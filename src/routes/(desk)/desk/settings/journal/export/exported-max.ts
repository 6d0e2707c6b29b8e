/** Rows of one download. The page says so, and a file that was cut says so in its last line. */
export const EXPORTED_MAX = 10_000
