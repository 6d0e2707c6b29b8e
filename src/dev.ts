/** npm run dev: the same program, with the pages served and reloaded by Vite instead of the build. */
import { createServer } from 'vite'
import { serve } from './cli/start.ts'
import type { PageHandler } from './main.ts'
import { openLog } from './server/platform/log.ts'
import { readSettings } from './settings.ts'

const { settings, sources } = readSettings({ PANDU_DATA: './data-dev', ...process.env })
const pages = async (): Promise<PageHandler> => {
  const vite = await createServer({ server: { middlewareMode: true }, appType: 'custom' })
  return (request, response) => vite.middlewares(request, response)
}
await serve({ words: [], settings, sources, log: openLog(settings) }, 'start', { pages })
