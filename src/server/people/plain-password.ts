/** Case, blanks and what joins words make no password better. */
export const plainOf = (password: string): string =>
  password
    .normalize('NFKC')
    .toLowerCase()
    .replace(/[\s._-]+/g, '')

/** Neither do digits and signs behind it. */
export const stemOf = (plain: string): string => plain.replace(/[0-9!@#$%*?]+$/, '')
