import { openWhole } from '#lib/open-whole.ts'
import type { LayoutLoadEvent } from './$types'

// The way in works without script, like the public pages.
export const csr = false
export const load = (event: LayoutLoadEvent) => openWhole(event)
