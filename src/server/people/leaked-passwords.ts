import { dictionary } from '@zxcvbn-ts/language-common'
import { plainOf } from './plain-password.ts'

/** The 49,000 passwords that leaked most often, as zxcvbn-ts collects them (MIT), in plain form. Loading it costs; see check-password.ts. */
export const leakedPasswords: ReadonlySet<string> = new Set(
  (dictionary['passwords-common'] ?? []).map((one) => plainOf(String(one))),
)
