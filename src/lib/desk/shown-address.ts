import { t } from '#lib/words.ts'

interface Address {
  channel: string
  address: string
}

const isChat = ({ channel, address }: Address) => channel === 'telegram' && /^\d+$/.test(address)

/** An address in a line among others: the number of a Telegram chat says what it is, because it looks like a telephone number. */
export const shownAddress = (one: Address): string =>
  isChat(one) ? t('channel.telegram_chat', { number: one.address }) : one.address

/** The same where its channel is said beside it. */
export const addressBeside = (one: Address): string =>
  isChat(one) ? t('channel.telegram_number', { number: one.address }) : one.address
