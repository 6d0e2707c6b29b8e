/** The browser counts with the same letters, so they stand outside the server. */
export { foldToGsm, isGsm, septetsOf } from '../../../sms/alphabet.ts'
