/** One line of `./pandu doctor`. */
export interface Finding {
  about: string
  ok: boolean
  /** What is there, or what is wrong with it. */
  says: string
  /** What to do, where something is wrong. */
  remedy?: string
}

export const fine = (about: string, says: string): Finding => ({ about, ok: true, says })
export const wrong = (about: string, says: string, remedy: string): Finding => ({ about, ok: false, says, remedy })

export const isLoopbackHost = (host: string) =>
  host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || host === '::1' || host.startsWith('127.')

/** An error as an administrator knows it: the system's code, or the first line of its sentence. */
export const reasonOf = (error: unknown): string => {
  const { code, message } = error as { code?: unknown; message?: unknown }
  return typeof code === 'string' ? code : String(message ?? error).split('\n', 1)[0]!
}
