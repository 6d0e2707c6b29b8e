const DAY_MS = 86_400_000
/** The secretariat sits in Jakarta, whose clock never moves; its days are meant. */
export const startOfDay = (day: string): Date => new Date(`${day}T00:00:00+07:00`)
export const endOfDay = (day: string): Date => new Date(startOfDay(day).getTime() + DAY_MS)
