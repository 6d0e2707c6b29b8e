/**
 * Where to go after signing in: a page of the desk or of administration on this site, or the desk. Anything else (another host, `//host`,
 * a page that acts) is not followed, so that a mailed sign-in address cannot lead away (ASVS 3.7.2).
 */
export function localPath(next: string | null): string {
  if (next === null || !/^\/(desk|admin)(?=[/?]|$)[\x21-\x7e]*$/.test(next) || next.includes('\\') || next.length > 500)
    return '/desk'
  return next
}
