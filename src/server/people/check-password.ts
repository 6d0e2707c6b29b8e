import { refuse } from '../platform/refusal.ts'
import { commonPasswords } from './common-passwords.ts'
import { plainOf, stemOf } from './plain-password.ts'
import { PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN } from './sign-in-library.ts'

/**
 * Refuses invalid a password that is too short (12), too long (256), known to everybody, one short piece repeated, or the person's own
 * name or address. Known are 49,000 that leaked most often (zxcvbn-ts, MIT) and those that offices here choose (common-passwords.ts),
 * also with digits and signs behind them. Nothing is asked about capitals and digits: length is what counts (OWASP ASVS 5.0, 6.2).
 */
export async function checkPassword(password: string, person: { email: string; name?: string }): Promise<void> {
  // Loaded when the first password is chosen: unpacking the list takes some 200 ms.
  const { leakedPasswords } = await import('./leaked-passwords.ts')
  const fault = faultOf(password, person, leakedPasswords)
  if (fault) refuse('invalid', 'password', [{ path: 'password', key: `fault.password_${fault}` }])
}

function faultOf(
  password: string,
  { email, name = '' }: { email: string; name?: string },
  leaked: ReadonlySet<string>,
): 'short' | 'long' | 'common' | null {
  const length = [...password].length
  if (length < PASSWORD_LENGTH_MIN) return 'short'
  if (length > PASSWORD_LENGTH_MAX) return 'long'
  const plain = plainOf(password)
  const own = [email, email.split('@')[0]!, name].map(plainOf).filter((text) => text.length > 3)
  const known = [plain, stemOf(plain)].some((text) => commonPasswords.has(text) || leaked.has(text))
  return known ||
    /^(.{1,5})\1+$/.test(plain) ||
    isSequence(plain) ||
    own.some((text) => stemOf(plain) === text || plain === text)
    ? 'common'
    : null
}

// 123456789012, abcdefghijkl, qwertyuiop12 and their reverse.
const SEQUENCES = [
  '01234567890123456789012345678901234567890',
  'abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz',
  'qwertyuiopasdfghjklzxcvbnm',
  '1qaz2wsx3edc4rfv5tgb6yhn7ujm8ik9ol0p',
]
const isSequence = (text: string) =>
  SEQUENCES.some((sequence) => {
    const reverse = [...sequence].reverse().join('')
    const letters = stemOf(text)
    return [text, ...(letters.length > 5 ? [letters] : [])].some(
      (part) => sequence.includes(part) || reverse.includes(part),
    )
  })
