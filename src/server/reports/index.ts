/** Reports: what the whole installation looks like from outside: is it sound, is it ready, how busy is it. */
export { verifyLedger } from './verify-ledger.ts'
