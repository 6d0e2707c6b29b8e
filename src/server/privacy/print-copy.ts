import { moment } from '#messages/moments.ts'
import { dictionaries, say, type Key, type Language } from '../platform/words.ts'
import type { CopyOfPerson } from './copy-of-person.ts'

const ZONE = 'Asia/Jakarta'
const TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/
/** Which stand in the head, or are for programs only. */
const NO_PART = ['format', 'version', 'made_at', 'proved_address', 'proved_channel']

/**
 * The same copy for people: one page of HTML without anything from outside, to be read or printed, also for whoever has no internet and gets it on paper.
 * Parts and fields are said in words where there are some; a field that came later stands with its own name, so that nothing is left out.
 */
export function printCopy(copy: CopyOfPerson, language: Language): string {
  // As copy.json has it: no dates, no missing fields.
  const plain = JSON.parse(JSON.stringify(copy)) as Record<string, unknown>
  const parts = Object.entries(plain).filter(([name]) => !NO_PART.includes(name))
  const head = say(language, 'paper.lead', {
    at: moment(new Date(copy.made_at), ZONE, language),
    address: copy.proved_address,
  })
  return `<!doctype html><html lang="${language}"><meta charset="utf-8"><title>${escape(say(language, 'paper.title'))}</title>
<style>body{font:16px/1.4 sans-serif;max-width:50rem;margin:2rem auto;padding:0 1rem}dl{margin:.3rem 0 .3rem 1rem}dt{font-weight:600;float:left;margin-right:.5rem}dd{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}dd::after{content:"";display:block;clear:both}li{margin:.5rem 0}h2{border-top:1px solid;padding-top:.5rem}</style>
<h1>${escape(say(language, 'paper.title'))}</h1><p>${escape(head)}</p>
${parts.map(([name, value]) => `<h2>${escape(wordFor(language, 'part', name))}</h2>${shown(value, language)}`).join('\n')}</html>`
}

function shown(value: unknown, language: Language): string {
  if (Array.isArray(value))
    return value.length === 0
      ? `<p>${escape(say(language, 'paper.nothing'))}</p>`
      : `<ol>${value.map((one) => `<li>${shown(one, language)}</li>`).join('')}</ol>`
  if (value !== null && typeof value === 'object')
    return `<dl>${Object.entries(value)
      .filter(([, one]) => one !== null && one !== '' && !(Array.isArray(one) && one.length === 0))
      .map(([name, one]) => `<dt>${escape(wordFor(language, 'field', name))}:</dt><dd>${shown(one, language)}</dd>`)
      .join('')}</dl>`
  if (value === null) return escape(say(language, 'paper.nothing'))
  const text = String(value)
  if (typeof value === 'string' && TIME.test(value)) return escape(moment(new Date(value), ZONE, language))
  return escape(wordFor(language, 'value', text))
}

/** What a part, field or value is called for people; a name that has no words stands as it is. */
function wordFor(language: Language, what: 'part' | 'field' | 'value', name: string): string {
  const key = `paper.${what}_${name.replaceAll(' ', '_')}`
  if (Object.hasOwn(dictionaries[language], key)) return say(language, key as Key)
  return what === 'value' ? name : name.replaceAll('_', ' ')
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string): string => text.replace(/[&<>"']/g, (sign) => ENTITIES[sign]!)
