import type { App } from '../../platform/app.ts'

// Only in memory: whoever has no signature writes no row. It helps whoever has just entered a wrong App secret.
const last = new WeakMap<App['settings'], Date>()

/** Something came to WhatsApp's address that Meta did not sign, or not with our App secret. */
export const noteBadSignature = (app: App): void => void last.set(app.settings, new Date())

/** When that last happened in this process; null where it has not since the start. */
export const lastBadSignature = (app: App): Date | null => last.get(app.settings) ?? null
