import { openWhole } from '#lib/open-whole.ts'
import type { LayoutLoadEvent } from './$types'

// Forms that are filled in seldom and slowly. Without script nothing that was typed before a script arrived can be lost by its arrival.
export const csr = false
export const load = (event: LayoutLoadEvent) => openWhole(event)
