/** Places, their time zones, holidays, and working time. */
export { changeRegionName, ChangeRegionName } from './change-region-name.ts'
export {
  holidayCalendar,
  listHolidays,
  loadHolidays,
  removeHoliday,
  RemoveHoliday,
  saveHoliday,
  SaveHoliday,
} from './holidays.ts'
export type { Holiday } from './holidays.ts'
export { knownYears } from './known-holidays.ts'
export { findRegion, listProvinces, listRegencies, listRegions, regionName } from './list-regions.ts'
export type { ListedRegion, Region } from './list-regions.ts'
export { loadRegions } from './load-regions.ts'
export { areNeighbours, neighboursOf, provinceOf } from './neighbouring-provinces.ts'
export { provinceFacts, timeZones } from './provinces.ts'
export { understandPlace } from './understand-place.ts'
export type { UnderstoodPlace, WhyAsk } from './understand-place.ts'
export { addWorkingDays, addWorkingMinutes, workingDaysBefore, workingMinutesBetween } from './working-time.ts'
export type { HolidayCalendar, Holidays, OpenHours, SumLine, WorkingTime } from './working-time.ts'
export { momentAt } from './zone-clock.ts'
