/** What a real opening still lacks, told to whoever opens the settings. Pure: the page asks, this decides. */
export interface Standing {
  operator: { name: string; address: string; phone: string; sms: string; whatsapp: string; email: string }
  mail: 'sent' | 'kept_local' | 'kept_no_relay'
  origin_is_local: boolean
  /** Administrators who can sign in. */
  administrators: number
  /** Whether these must have a second factor. */
  second_factor_required: boolean
  privacy_version: number
  desks: readonly { kind: string; member_count: number }[]
  /** Years for which no holiday is known though requests of that year are reckoned already. */
  years_without_holidays: readonly number[]
  /** A backup was restored without the list of erasures, and nobody wrote down what was done about it. */
  erasures_unknown: boolean
}

export interface Lack {
  what:
    | 'operator_name'
    | 'operator_address'
    | 'operator_contact'
    | 'origin'
    | 'relay'
    | 'administrators'
    | 'second_factor'
    | 'privacy'
    | 'desks'
    | 'members'
    | 'holidays'
    | 'erasures'
  href: string
}

/** The privacy text that came with Pandu has this version; its first change by the operator is the next. */
const FIRST_PRIVACY = 1

export function lacks(standing: Standing): Lack[] {
  const { operator, desks } = standing
  const reachable = operator.phone || operator.sms || operator.whatsapp || operator.email
  const all: [lacking: boolean, what: Lack['what'], page: string][] = [
    [standing.erasures_unknown, 'erasures', 'personal-data#restored'],
    [operator.name === '', 'operator_name', 'operator#name'],
    [operator.name !== '' && operator.address === '', 'operator_address', 'operator#address'],
    [reachable === '', 'operator_contact', 'operator#phone'],
    [standing.origin_is_local, 'origin', 'installation'],
    [standing.mail === 'kept_no_relay', 'relay', 'installation'],
    [standing.administrators < 2, 'administrators', 'people'],
    [!standing.second_factor_required, 'second_factor', 'second-factors'],
    [standing.privacy_version <= FIRST_PRIVACY, 'privacy', 'pages/privasi'],
    [!desks.some(({ kind }) => kind !== 'secretariat'), 'desks', 'desks'],
    [desks.some(({ member_count }) => member_count === 0), 'members', 'desks'],
    [standing.years_without_holidays.length > 0, 'holidays', `holidays?year=${standing.years_without_holidays[0]}`],
  ]
  return all.filter(([lacking]) => lacking).map(([, what, page]) => ({ what, href: `/desk/settings/${page}` }))
}
