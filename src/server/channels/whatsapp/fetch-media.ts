import { NotFetched } from '../../platform/fetch-outside.ts'
import { MediaGone, type FetchMedia } from '../texts/media-gone.ts'
import { callApi, fetchBytes } from './call-api.ts'
import { countIn, textIn } from './json.ts'
import { whatsappSettings } from './settings.ts'

/** As large as a mail may be; WhatsApp's documents may have 100 MB. */
const SIZE_MAX = 25 * 1024 * 1024
const BYTES_MS = 15_000

/**
 * A photo or file that somebody sent, in two steps: the id gives an address for five minutes, the address the bytes. Both only at the API's
 * own hosts. Throws MediaGone for what is too large or not there any more; anything else may be tried again.
 */
export const fetchWhatsappMedia: FetchMedia = async (app, media, { signal }) => {
  const settings = whatsappSettings(app.settings)
  // The id stands in a path: digits only (page "Media", v25.0).
  if (!settings || !/^\d{1,40}$/.test(media.remote_id)) throw new MediaGone('gone')
  const told = await callApi(settings, `/${media.remote_id}?phone_number_id=${settings.number_id}`)
  // 100: no such object, or not for this token (33 within it).
  if (!told.good && (told.status === 404 || told.code === 100)) throw new MediaGone('gone')
  if (!told.good) throw new Error(`WhatsApp gave no address of a file: ${told.said}`)
  if ((countIn(told.body, 'file_size') ?? 0) > SIZE_MAX) throw new MediaGone('too_large')
  signal.throwIfAborted()
  try {
    const { bytes } = await fetchBytes(settings, textIn(told.body, 'url'), { size_max: SIZE_MAX, time_ms: BYTES_MS })
    signal.throwIfAborted()
    const type = textIn(told.body, 'mime_type').split(';', 1)[0]!.trim().toLowerCase()
    return { ...(await app.files.keep(bytes)), type: TYPE.test(type) ? type : 'application/octet-stream' }
  } catch (error) {
    if (error instanceof NotFetched && error.fault === 'size') throw new MediaGone('too_large')
    // An address that is none of the API's will be none the next time either.
    if (error instanceof NotFetched && error.fault === 'address') throw new MediaGone('gone')
    throw error
  }
}

const TYPE = /^[a-z]+\/[a-z0-9.+-]{1,100}$/
