/** A browser and what it runs on, by their well-known names; null for what says neither. */
export interface Device {
  browser: string | null
  system: string | null
}

// Every browser also names those it resembles: the first that fits is the one.
const browsers: readonly [RegExp, string][] = [
  [/\bFirefox\/|\bFxiOS\//, 'Firefox'],
  [/\bEdgA?\/|\bEdgiOS\//, 'Edge'],
  [/\bOPR\/|\bOpera\b/, 'Opera'],
  [/\bSamsungBrowser\//, 'Samsung Internet'],
  [/\bUCBrowser\//, 'UC Browser'],
  [/\b(Chrome|Chromium|CriOS|HeadlessChrome)\//, 'Chrome'],
  [/\bSafari\//, 'Safari'],
  [/^(Lynx|Links|w3m|ELinks)\b/i, 'Lynx'],
]
const systems: readonly [RegExp, string][] = [
  [/\bAndroid\b/, 'Android'],
  [/\b(iPhone|iPad|iPod)\b/, 'iOS'],
  [/\bWindows\b/, 'Windows'],
  [/\bMac OS X\b|\bMacintosh\b/, 'macOS'],
  [/\bCrOS\b/, 'ChromeOS'],
  [/\bLinux\b|\bX11\b/, 'Linux'],
]

/**
 * What a browser says of itself (`User-Agent`, RFC 9110 10.1.5) in two names, so that a person recognises their own machine in a list.
 * Nothing is decided by it: anybody can write anything there.
 */
export function nameDevice(user_agent: string | null): Device {
  const told = (user_agent ?? '').slice(0, 500)
  const nameIn = (list: readonly [RegExp, string][]) => list.find(([sign]) => sign.test(told))?.[1] ?? null
  return { browser: nameIn(browsers), system: nameIn(systems) }
}
