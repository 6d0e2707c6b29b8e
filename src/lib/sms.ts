/** The browser’s door to the arithmetic of SMS. */
export { measure, type Measured } from '../sms/measure.ts'
