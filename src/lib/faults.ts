/** One fault of one field, as the server names it: the field's name and the sentence's key. */
export interface Fault {
  path: string
  key: string
}

export const faultOf = (faults: readonly Fault[], path: string): Fault | undefined =>
  faults.find((fault) => fault.path === path)

/** What ties a native control to its label, hint and fault; Field.svelte gives it, the control spreads it. */
export interface Tied {
  id: string
  name: string
  'aria-describedby': string | undefined
  'aria-invalid': 'true' | undefined
}
