import type { Language } from '#server/platform/context.ts'

/** What was chosen wins, then what the browser prefers, then Indonesian. */
export function chooseLanguage(chosen: string | null | undefined, preferred: string | null | undefined): Language {
  if (chosen === 'id' || chosen === 'en') return chosen
  return /^\s*en\b/i.test(preferred ?? '') ? 'en' : 'id'
}
