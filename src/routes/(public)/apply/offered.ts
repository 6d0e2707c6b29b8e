import type { offeredBy, shown } from './apply-steps.ts'

export type Offered = Awaited<ReturnType<typeof offeredBy>>
export type ShownForm = Awaited<ReturnType<typeof shown>>
