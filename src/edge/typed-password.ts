import type { Fault } from '#server/platform/refusal.ts'

/** A password as typed: never trimmed, and never given back to a page. */
export function passwordOf(form: FormData, name = 'password'): string {
  const value = form.get(name)
  return typeof value === 'string' ? value : ''
}

/** A new password is typed twice, because without script nobody can look at it. */
export const passwordFaults = (form: FormData): Fault[] =>
  passwordOf(form) === passwordOf(form, 'password_again')
    ? []
    : [{ path: 'password_again', key: 'fault.password_again' }]
