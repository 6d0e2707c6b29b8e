import { join } from 'node:path'
import type { Page } from '@playwright/test'

const SIZES = [
  { width: 360, height: 740 },
  { width: 1280, height: 800 },
]

/**
 * Saves the page as `NAME-360-light.png` and so on: narrow and wide, light and dark, the whole length, in the folder
 * that `PANDU_SHOTS` names. Does nothing when it is not set: pictures are for looking at, not for comparing bytes.
 */
export async function shoot(page: Page, name: string): Promise<void> {
  const folder = process.env['PANDU_SHOTS']
  if (!folder) return
  const before = page.viewportSize()
  for (const size of SIZES) {
    await page.setViewportSize(size)
    for (const scheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme: scheme })
      await page.screenshot({ path: join(folder, `${name}-${size.width}-${scheme}.png`), fullPage: true })
    }
  }
  await page.emulateMedia({ colorScheme: null })
  if (before) await page.setViewportSize(before)
}
