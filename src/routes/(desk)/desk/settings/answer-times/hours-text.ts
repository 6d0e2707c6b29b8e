import type { Language } from '#server/platform/context.ts'

const HOURS_MAX = 160

/** Working minutes as people say them: "16", "1,5". */
export const asHours = (minutes: number, language: Language): string =>
  (minutes / 60).toLocaleString(language === 'id' ? 'id-ID' : 'en-GB', { maximumFractionDigits: 2, useGrouping: false })

/** "16", "1,5" or "1.5" hours as minutes; null for what is no number of hours between one minute and 160 hours. */
export function readHours(text: string): number | null {
  if (!/^\d{1,3}([.,]\d{1,2})?$/.test(text)) return null
  const minutes = Math.round(Number(text.replace(',', '.')) * 60)
  return minutes >= 1 && minutes <= HOURS_MAX * 60 ? minutes : null
}
