import type { OpenHours } from '../regions/index.ts'

/** What a desk begins with, and what a desk without hours of its own is reckoned by: Monday to Friday with a lunch break. */
export const officeHours: readonly OpenHours[] = [1, 2, 3, 4, 5].flatMap((weekday) => [
  { weekday, opens: '08:00', closes: '12:00' },
  { weekday, opens: '13:00', closes: '16:00' },
])
