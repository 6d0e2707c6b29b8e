/**
 * The browser of the tests, and how it starts on a machine that has neither its libraries nor a single font.
 *
 * It comes with npm (`@sparticuz/chromium`): a compressed headless shell, the libraries it is linked with, and one font
 * family. The package itself unpacks the last two only on a certain cloud and reuses whatever browser lies in the temp
 * folder, of any version; so we unpack all of it ourselves into a folder that carries the version in its name.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { LaunchOptions } from '@playwright/test'

// A test run talks to our own server only: everything with which a browser calls home or looks around is off. No sandbox,
// because it cannot be had as root or in most containers, and the only pages visited are ours.
const ARGUMENTS = [
  '--no-sandbox',
  '--headless=shell',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-quic',
  '--no-first-run',
]

/**
 * Answers Playwright's launch options (`executablePath`, `env`, `args`) for the browser that comes with npm; the first
 * call unpacks it (about 3 s, 220 MB in the temp folder), later ones and other processes find it there.
 *
 * The npm package holds a browser for Linux on x64. Elsewhere `PANDU_TEST_BROWSER` names the executable of an installed
 * Chromium or Chrome; without it Playwright looks for an installed Chrome.
 */
export async function findChromium(): Promise<LaunchOptions> {
  const installed = process.env['PANDU_TEST_BROWSER']
  if (installed)
    return { executablePath: installed, args: ARGUMENTS.filter((argument) => !argument.startsWith('--headless')) }
  if (process.platform !== 'linux' || process.arch !== 'x64') return { channel: 'chrome' }

  const folder = await unpackOnce()
  return { executablePath: join(folder, 'chromium'), env: environmentFor(folder), args: ARGUMENTS }
}

/** The environment in which the unpacked browser finds its libraries and fonts; the machine's own are not needed. */
function environmentFor(folder: string): Record<string, string> {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter((pair): pair is [string, string] => pair[1] !== undefined),
  )
  const libraries = [join(folder, 'al2023', 'lib'), inherited['LD_LIBRARY_PATH']].filter(Boolean).join(':')
  return {
    ...inherited,
    LD_LIBRARY_PATH: libraries,
    FONTCONFIG_PATH: folder,
    FONTCONFIG_FILE: join(folder, 'fonts.conf'),
  }
}

// Two processes may get here at the same time: each unpacks into a folder of its own, and the one that renames second
// finds the name taken and throws its copy away. So a folder with the final name is always complete.
async function unpackOnce(): Promise<string> {
  const archives = join(dirname(fileURLToPath(import.meta.resolve('@sparticuz/chromium'))), '..', 'bin')
  const folder = join(tmpdir(), await versionedName(join(archives, '..', 'package.json')))
  if (existsSync(folder)) return folder

  await mkdir(tmpdir(), { recursive: true })
  const fresh = await mkdtemp(`${folder}.`)
  try {
    await inflateAll(archives, fresh)
    await writeFile(join(fresh, 'fonts.conf'), fontsConfiguration(folder))
    await rename(fresh, folder).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOTEMPTY' && error.code !== 'EEXIST') throw error
    })
  } finally {
    await rm(fresh, { recursive: true, force: true })
  }
  return folder
}

// The user is part of the name because the browser's file is readable by its owner only; the hash stands for this
// file, so that a change of what is unpacked here never meets an older folder.
async function versionedName(manifest: string): Promise<string> {
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string }
  const recipe = createHash('sha256').update(await readFile(fileURLToPath(import.meta.url)))
  return `pandu-chromium-${version}-${userInfo().uid}-${recipe.digest('hex').slice(0, 8)}`
}

// The package's own `inflate` writes where the temp folder is, so it runs in a process whose temp folder is ours.
async function inflateAll(archives: string, folder: string): Promise<void> {
  const names = (await readdir(archives)).filter((name) => name.endsWith('.br'))
  const script = `const { inflate } = await import(${JSON.stringify(import.meta.resolve('@sparticuz/chromium'))})
    await Promise.all(process.argv.slice(1).map((path) => inflate(path)))`
  const paths = names.map((name) => join(archives, name))
  const environment = { ...process.env, TMPDIR: folder }
  await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script, ...paths], { env: environment })
  for (const expected of ['chromium', 'al2023/lib/libnss3.so', 'fonts/fonts']) {
    if (!existsSync(join(folder, expected))) throw new Error(`@sparticuz/chromium no longer holds ${expected}`)
  }
}

// The packed font comes first everywhere, so that pages have the same widths on every machine; the machine's own fonts,
// where there are any, fill in for signs that it lacks.
const fontsConfiguration = (folder: string) => `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir>${folder}/fonts/fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir>${folder}/fonts-cache</cachedir>
  ${['sans-serif', 'serif', 'system-ui', 'monospace']
    .map(
      (family) =>
        `<alias binding="strong"><family>${family}</family><prefer><family>Open Sans</family></prefer></alias>`,
    )
    .join('\n  ')}
</fontconfig>
`
