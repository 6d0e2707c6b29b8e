/**
 * `none`: the domain says nothing. `softfail`: SPF's "probably not". `unknown`: nobody could find out (no name system, no time, no host
 * outside); never taken for `pass`.
 */
export type Finding = 'pass' | 'fail' | 'softfail' | 'none' | 'unknown'

/** The words of RFC 8601 2.7, as a library or a mail host uses them. */
export const spfFinding = (result: string): Finding =>
  result === 'pass' || result === 'fail' || result === 'softfail' ? result : result === 'temperror' ? 'unknown' : 'none'
export const dkimFinding = (result: string): Finding =>
  result === 'pass' ? 'pass' : result === 'temperror' ? 'unknown' : result === 'none' ? 'none' : 'fail'
export const dmarcFinding = (result: string): Finding =>
  result === 'pass' || result === 'fail' || result === 'none' ? result : 'unknown'
