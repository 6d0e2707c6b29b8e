import type { App } from '../../platform/app.ts'
import type { ReadMail } from '../read-items.ts'
import { byBodyMarker } from './by-body-marker.ts'
import { byMailIds } from './by-mail-ids.ts'
import { byReplyAddress } from './by-reply-address.ts'
import { bySubjectNumber } from './by-subject-number.ts'
import type { Clue } from './clue.ts'

/** Everything in one mail that names a ticket, the strongest first. Pure: what it names is looked up for a whole batch (look-up.ts). */
export const findClues = (app: Pick<App, 'secrets' | 'settings'>, read: ReadMail): Clue[] => [
  ...byReplyAddress(app, read),
  ...byMailIds(read.mail),
  ...byBodyMarker(app, read.mail),
  ...bySubjectNumber(read.mail),
]
