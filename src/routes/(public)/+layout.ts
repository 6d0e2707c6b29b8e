import { openWhole } from '#lib/open-whole.ts'
import type { LayoutLoadEvent } from './$types'

// Public pages carry no script: complete HTML from the server, forms that post and redirect.
export const csr = false
export const load = (event: LayoutLoadEvent) => openWhole(event)
