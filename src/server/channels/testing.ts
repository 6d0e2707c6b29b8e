/** For tests of other folders only. */
export { KEY, nusaSms, rajaPesan, templateFile, warungSms } from './sms/http/sellers.testing.ts'
export { reportMark } from './texts/report-mark.ts'
export type { Heard } from './texts/adapter.ts'
