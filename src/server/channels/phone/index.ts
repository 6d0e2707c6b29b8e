/** The telephone: what exchanges tell of calls, who takes them, who is to be called back, and when it is answered. */
export { applyCalls, type AppliedCall, type ToldCall } from './apply-calls.ts'
export { endUntold } from './end-untold.ts'
export { callBytes, callItem } from './call-item.ts'
export { callNumbers } from './forget-calls.ts'
export {
  addCallBacks,
  callBacksOfTicket,
  countCallBacks,
  endCallBacks,
  explainMissed,
  linkCallBack,
  lockCallers,
  openCallBacks,
  planCallBack,
} from './call-backs.ts'
export { listCallTakers, stayForCalls, takeCalls, TakeCalls, type CallTaker } from './call-takers.ts'
export {
  callsOfTicket,
  callViews,
  listCalls,
  listRinging,
  newestCall,
  ownNumbersAmong,
  seeCall,
  type CallRow,
  type CallView,
} from './list-calls.ts'
export { takeCall, writeCall } from './take-call.ts'
export { lineOf, numberOf } from './number-of.ts'
export { openAt, phoneHours, type OpenState, type PhoneHours } from './phone-hours.ts'
export { sayAt, tellCaller, type ToldCaller } from './tell-caller.ts'
export { addPhoneLine, AddPhoneLine, listPhoneLines, removePhoneLine, type PhoneLine } from './phone-lines.ts'
export { callSteps, readCallItem, readCallNews, type CallFault, type CallNews, type HeardCall } from './read-call.ts'
