import type { Language } from '#messages/format.ts'

/** A file's size for people: 950 B, 12 KB, 1,5 MB, 80 GB (decimal sign of the language). */
export function sizeOf(bytes: number, language: Language): string {
  const [value, unit] =
    bytes < 1000
      ? [bytes, 'B']
      : bytes < 1_000_000
        ? [Math.round(bytes / 1000), 'KB']
        : bytes < 1_000_000_000
          ? [bytes / 1_000_000, 'MB']
          : [bytes / 1_000_000_000, 'GB']
  return `${value.toLocaleString(language === 'id' ? 'id-ID' : 'en-GB', { maximumFractionDigits: 1 })} ${unit}`
}
