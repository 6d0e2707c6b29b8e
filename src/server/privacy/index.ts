/** Privacy: what people ask about their own data, what is forgotten and when, and what is done when something came out. */
export { decideErasure } from './decide-erasure.ts'
export { eraseDue } from './erase-due.ts'
export { erasePerson, type Erased } from './erase-person.ts'
export { adoptErasureList, erasureListPath } from './erasure-list.ts'
export { reapplyErasures } from './reapply-erasures.ts'
