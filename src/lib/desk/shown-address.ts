import { t } from '#lib/words.ts'

/** An address in a line among others: the number of a Telegram chat says what it is, because it looks like a telephone number. */
export const shownAddress = ({ channel, address }: { channel: string; address: string }): string =>
  channel === 'telegram' ? `${t('people.telegram')} ${address}` : address
