import type { AddressChannel } from '../people/index.ts'

/** An address, number or chat of which somebody has shown that they read it; `address` as it is compared. */
export interface ProvedPoint {
  channel: AddressChannel
  address: string
}
