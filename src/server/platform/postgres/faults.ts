/**
 * Another Pandu keeps this data folder. It goes on undisturbed; the one that throws must end (or wait and try again).
 * `holder` is the name the other one gave itself, such as `pandu` or `pandu user add`; empty when it could not be asked.
 */
export class InstanceRunning extends Error {
  readonly holder: string
  constructor(data: string, pid: number, holder: string) {
    super(
      `Another Pandu${holder ? ` (${holder})` : ''} runs on the data folder ${data} (its PostgreSQL is process ${pid}); ` +
        'stop that one first, or set PANDU_DATA to another folder',
    )
    this.name = 'InstanceRunning'
    this.holder = holder
  }
}

/** The data folder cannot be served as it is. The message is one line: what is wrong, what is kept, what to do. */
export class DataFolderFault extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, cause === undefined ? {} : { cause })
    this.name = 'DataFolderFault'
  }
}

/** What PostgreSQL or the file system said, as a fault in one line; a full disk gets its own remedy. */
export function faultFrom(what: string, folder: string, cause: unknown): DataFolderFault {
  const said = cause instanceof Error ? cause.message : String(cause)
  if (/No space left on device|ENOSPC|Disk quota exceeded|EDQUOT/.test(said))
    return new DataFolderFault(
      `${what}: the disk of ${folder} is full; everything confirmed before is kept. Free some space and start again`,
      cause,
    )
  if (/EACCES|EPERM|EROFS|Permission denied/.test(said))
    return new DataFolderFault(
      `${what}: no permission to write in ${folder}; nothing was changed. Give the folder to the user who starts Pandu, or set PANDU_DATA to another folder`,
      cause,
    )
  return new DataFolderFault(`${what} in ${folder}: ${lastWords(said)}`, cause)
}

/** The line that matters of many lines: the last that PostgreSQL calls an error, else the last. */
function lastWords(said: string): string {
  const lines = said.split('\n').filter((line) => line.trim() !== '')
  const line = lines.findLast((one) => /\b(PANIC|FATAL|ERROR|error):/.test(one)) ?? lines.at(-1) ?? 'it said nothing'
  return line.replace(/^.*?\b(?:PANIC|FATAL|ERROR|error):\s*/, '').trim()
}
