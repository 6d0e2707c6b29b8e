/** The words of the menu, as somebody of an SMS would type them. START is what Telegram itself types at the first contact, and after a bot was blocked. */
const WORDS: Readonly<Record<string, string>> = {
  start: 'MULAI',
  mulai: 'MULAI',
  help: 'BANTUAN',
  bantuan: 'BANTUAN',
  status: 'STATUS',
  baru: 'BARU',
  selesai: 'SELESAI',
  beres: 'BERES',
  sudah: 'SUDAH',
  belum: 'BELUM',
  nilai: 'NILAI',
  batal: 'BATAL',
  stop: 'STOP',
  berhenti: 'BERHENTI',
  cari: 'CARI',
  terima: 'TERIMA',
  tolak: 'TOLAK',
  kembalikan: 'KEMBALIKAN',
  libur: 'LIBUR',
}

/**
 * `/status 100057` as the words of an SMS, `STATUS 100057`; everything else as it is. What stands behind /start is what some link put there
 * and not what somebody wrote, so it goes.
 */
export function readCommand(text: string): string {
  const [, slashed = '', rest = ''] = /^\/([a-z]{1,32})(?:@\w{1,64})?(?:\s+(.*))?$/is.exec(text) ?? []
  const word = Object.hasOwn(WORDS, slashed.toLowerCase()) ? WORDS[slashed.toLowerCase()]! : null
  if (word === null) return text
  return slashed.toLowerCase() === 'start' ? word : `${word} ${rest}`.trim()
}
