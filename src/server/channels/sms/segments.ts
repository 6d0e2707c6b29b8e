/** The browser counts with the same arithmetic, so it stands outside the server. */
export { cap, segment, type Coding, type Segmented } from '../../../sms/segments.ts'
