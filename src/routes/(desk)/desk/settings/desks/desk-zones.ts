import { timeZones } from '#server/regions/index.ts'
import { shortZone } from '#messages/moments.ts'

/** The zones a desk may have, for a list to choose from: "WITA (Asia/Makassar)". */
export const zoneOptions = () => timeZones.map((zone) => ({ value: zone, label: `${shortZone(zone)} (${zone})` }))
