/** Places, their time zones, holidays, and working time. */
export { changeRegionName, ChangeRegionName } from './changeRegionName.ts'
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
export { findRegion, listProvinces, listRegencies, regionName } from './listRegions.ts'
export type { ListedRegion, Region } from './listRegions.ts'
export { loadRegions } from './loadRegions.ts'
export { timeZones } from './provinces.ts'
export { addWorkingDays, addWorkingMinutes, workingDaysBefore } from './workingTime.ts'
export type { HolidayCalendar, Holidays, OpenHours, SumLine, WorkingTime } from './workingTime.ts'
