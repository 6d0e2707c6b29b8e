import { marked } from './marks.ts'

const TLDS =
  'id|com|net|org|edu|gov|mil|int|info|biz|io|co|me|app|dev|cloud|online|site|xyz|tech|tv|asia|sg|my|au|jp|cn|in|us|uk|eu|de|nl|fr|local|lan|intra|intranet|internal|corp|home|localdomain|arpa|test|invalid|example'
const LABEL = '[\\p{L}\\p{N}_](?:[\\p{L}\\p{N}_-]{0,62})'
const HOST = `(?:${LABEL}\\.){1,8}(?:${TLDS})(?![\\p{L}\\p{N}_-])`

/** In this order: what holds another (an address a host, a link an address) goes first. */
const RULES: readonly (readonly [RegExp, string])[] = [
  [/(?:https?|ftps?|sftp|ssh|smb|file|rdp|vnc|ldaps?|imaps?|smtps?|wss?|tel|mailto|sip):[^\s<>"]+/giu, marked('link')],
  [/(?<![\p{L}\p{N}])www\.[^\s<>"]+/giu, marked('link')],
  [/[^\s@<>()[\]",;:]{1,64}@[^\s@<>()[\]",;:]{1,255}/gu, marked('mail')],
  // "budi [at] dinkes dot go dot id"
  [
    /[\p{L}\p{N}._%+-]{1,64} ?[[({<] ?(?:at|di|@|et) ?[\])}>] ?[\p{L}\p{N}-]{1,63}(?: ?[[({<]? ?(?:dot|titik|\.) ?[\])}>]? ?[\p{L}\p{N}-]{1,63}){1,6}/giu,
    marked('mail'),
  ],
  [
    /[\p{L}\p{N}._%+-]{1,64} (?:at|@) [\p{L}\p{N}-]{1,63}(?: (?:dot|titik) [\p{L}\p{N}-]{1,63}){1,6}/giu,
    marked('mail'),
  ],
  [new RegExp(`[\\p{L}\\p{N}._%+-]{1,64} ?(?:\\bat\\b|@) ?${HOST}`, 'giu'), marked('mail')],
  [/(?<![\p{L}\p{N}@])@[\p{L}\p{N}._]{2,40}/gu, marked('account')],
  // Shares of Windows; whose folder it is.
  [/\\\\[^\s"<>|]+/gu, marked('host')],
  [/(?<=[/\\](?:home|users|rumah)[/\\])[^\s/\\"'<>|:]+/giu, marked('name')],
  [/(?<![0-9a-z])[0-9a-f]{2}(?:[:-][0-9a-f]{2}){5}(?![0-9a-z])/giu, marked('device')],
  [/(?<![0-9a-z])(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}(?![0-9a-z])/giu, marked('device')],
  [
    /(?<![\p{L}\p{N}:])(?=[0-9a-f:]*::|(?:[0-9a-f]{1,4}:){7})(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4}(?:%\w{1,15})?(?:\/\d{1,3})?(?![\p{L}\p{N}:])/giu,
    marked('host'),
  ],
  [new RegExp(`(?<![\\p{L}\\p{N}_.-])${HOST}(?::\\d{1,5})?(?:/[^\\s<>"]*)?`, 'giu'), marked('host')],
  // "srv-dinkes-01", "DESKTOP-AB12CD", "pc_budi"
  [
    /(?<![\p{L}\p{N}_-])(?:srv|svr|server|pc|desktop|laptop|nb|ws|komputer|printserver|nas|router|switch|dc|host)[-_][\p{L}\p{N}][\p{L}\p{N}_-]{1,62}/giu,
    marked('host'),
  ],
  [
    /(?<=(?:hostname|nama host|nama komputer|nama server|nama pc|computer name|workgroup|domain|ssid|wifi)[ \t]?[:=][ \t]?)[^\s,;]+/giu,
    marked('host'),
  ],
  [
    /(?<=(?:password|passwd|pwd|passphrase|kata sandi|sandi|kata kunci|pin|otp|token|api key|apikey|secret)[ \t]?(?:nya|saya|wifi)?[ \t]?[:=][ \t]?)[^\s]+/giu,
    marked('secret'),
  ],
  [/(?<=(?:passwordnya|sandinya|pinnya|password saya)[ \t])[^\s]+/giu, marked('secret')],
  [
    /(?<=(?:user ?name|user ?id|user|login|nama pengguna|akun|account|anydesk|teamviewer|rustdesk|ig|instagram|telegram|facebook|twitter)[ \t]?[:=][ \t]?)[^\s,;]+/giu,
    marked('account'),
  ],
  // With a capital or short: "jalan" alone is what a program does.
  [
    /(?<![\p{L}\p{N}])(?:[Jj]ln?\.?|JL\.?|JLN\.?|Jalan|JALAN|Gg\.?|Gang|Komplek|Kompleks|Perum)[ \t]+(?=\p{Lu}|\p{N})[^\n,;:!?]{1,80}/gu,
    marked('address'),
  ],
  [/(?<![\p{L}\p{N}])RT\.? ?\d{1,3} ?\/? ?RW\.? ?\d{1,3}/giu, marked('address')],
]
const IPV4 = /(?<![\p{L}\p{N}]|\d\.)(?:\d{1,3}\.){3}\d{1,3}(?:\/\d{1,2}|:\d{1,5})?(?![\p{L}\p{N}]|[.-]\d)/gu
/** "LibreOffice 24.8.3.2" has four parts too. */
const VERSION = /(?:libreoffice|versi|version|ver\.?)[ \t]?$/iu
const OFFICE_SUITE = /^(?:[3-7]|2[4-9])\.\d{1,2}\.\d{1,2}\.\d{1,2}$/

/** Blots out links, mail addresses, hosts, addresses of the network and of the street, accounts and what opens them. */
export function maskPlaces(text: string): string {
  let masked = text
  for (const [rule, mark] of RULES) masked = masked.replace(rule, mark)
  return masked.replace(IPV4, (found, at: number, whole: string) =>
    OFFICE_SUITE.test(found) && VERSION.test(whole.slice(Math.max(0, at - 20), at)) ? found : marked('host'),
  )
}
