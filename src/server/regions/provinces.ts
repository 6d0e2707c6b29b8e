/**
 * What the region package does not say about the 38 provinces: the letters of ISO 3166-2 and the time zone.
 * Zones follow the tz database's zone.tab (which says only "Borneo, east and south": Kalimantan Utara is put with Timur).
 * The four provinces of 2022 (93 to 96) carry the letters that ISO gave them later: PS, PT, PE, PD.
 */
export interface ProvinceFacts {
  iso_code: string
  time_zone: string
}

const WIB = 'Asia/Jakarta'
const WIB_KALIMANTAN = 'Asia/Pontianak'
const WITA = 'Asia/Makassar'
const WIT = 'Asia/Jayapura'

const zones: Record<string, Record<string, string>> = {
  [WIB]: {
    11: 'AC',
    12: 'SU',
    13: 'SB',
    14: 'RI',
    15: 'JA',
    16: 'SS',
    17: 'BE',
    18: 'LA',
    19: 'BB',
    21: 'KR',
    31: 'JK',
    32: 'JB',
    33: 'JT',
    34: 'YO',
    35: 'JI',
    36: 'BT',
  },
  [WIB_KALIMANTAN]: { 61: 'KB', 62: 'KT' },
  [WITA]: {
    51: 'BA',
    52: 'NB',
    53: 'NT',
    63: 'KS',
    64: 'KI',
    65: 'KU',
    71: 'SA',
    72: 'ST',
    73: 'SN',
    74: 'SG',
    75: 'GO',
    76: 'SR',
  },
  [WIT]: { 81: 'MA', 82: 'MU', 91: 'PA', 92: 'PB', 93: 'PS', 94: 'PT', 95: 'PE', 96: 'PD' },
}

/** By Kemendagri code of the province. */
export const provinceFacts: ReadonlyMap<string, ProvinceFacts> = new Map(
  Object.entries(zones).flatMap(([time_zone, letters]) =>
    Object.entries(letters).map(([code, letter]) => [code, { iso_code: `ID-${letter}`, time_zone }] as const),
  ),
)

/** The zones that a desk may have. */
export const timeZones = Object.keys(zones) as [string, ...string[]]
