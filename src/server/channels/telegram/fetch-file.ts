import { z } from 'zod'
import { MediaGone, type FetchMedia } from '../texts/media-gone.ts'
import { callTelegram, downloadFromTelegram, TelegramAway } from './call-telegram.ts'

/** Documented for getFile: bots download files of up to 20 MB. */
const FILE_BYTES_MAX = 20 * 1024 * 1024

const File = z.object({ file_path: z.string().max(500).optional(), file_size: z.number().optional() })
/** As the documentation says: below the API's own address. A server of one's own in local mode names a place on its disk instead. */
const PATH = /^(?!\/)(?!.*(^|\/)\.\.?(\/|$))[\w ./@+-]+$/

/**
 * Fetches a file that somebody sent to our bot: asks where it lies (getFile) and loads it from the API's own host.
 * @throws MediaGone `too_large` beyond 20 MB, `gone` where Telegram knows no such file; TelegramAway where it may be had later
 */
export const fetchTelegramFile: FetchMedia = async (app, media, { signal }) => {
  if (media.size !== null && media.size > FILE_BYTES_MAX) throw new MediaGone('too_large')
  const answer = await callTelegram(app, 'getFile', { file_id: media.remote_id }, { signal })
  if (!answer.ok) {
    if (answer.code !== 400) throw new TelegramAway(`code_${answer.code}`, false)
    throw new MediaGone(/too big/i.test(answer.description) ? 'too_large' : 'gone')
  }
  const { file_path, file_size = 0 } = File.catch({}).parse(answer.result)
  if (file_size > FILE_BYTES_MAX) throw new MediaGone('too_large')
  if (file_path === undefined || !PATH.test(file_path)) throw new MediaGone('gone')
  const bytes = await download(app, file_path, signal)
  const { sha256, size } = await app.files.keep(bytes)
  return { type: media.type, size, sha256 }
}

async function download(app: Parameters<FetchMedia>[0], path: string, signal: AbortSignal): Promise<Buffer> {
  try {
    return await downloadFromTelegram(app, path, { signal, bytes_max: FILE_BYTES_MAX })
  } catch (error) {
    if (error instanceof TelegramAway && error.code === 'size') throw new MediaGone('too_large')
    if (error instanceof TelegramAway && error.code === 'status_404') throw new MediaGone('gone')
    throw error
  }
}
