/** Ends of addresses in a sentence that belong to the sentence. */
const CLOSING = /[.,;:!?)\]]+$/
const ADDRESS = /https?:\/\/[^\s<>"']+/g

/**
 * The HTML part of a mail, made from its text: everything escaped, blank lines part paragraphs, and only links to `origin`
 * can be clicked. What a stranger wrote stays words, and nothing is loaded from anywhere.
 */
export function htmlOfText(mail: { text: string; subject: string; language: string; origin: string }): string {
  const paragraphs = mail.text
    .replace(/\r\n?/g, '\n')
    .trim()
    .split(/\n{2,}/)
    .map((paragraph) => `<p>${withLinks(paragraph, mail.origin).replaceAll('\n', '<br>\n')}</p>`)
  return [
    '<!doctype html>',
    `<html lang="${escape(mail.language)}">`,
    `<head><meta charset="utf-8"><title>${escape(mail.subject)}</title></head>`,
    '<body>',
    ...paragraphs,
    '</body>',
    '</html>',
    '',
  ].join('\n')
}

function withLinks(text: string, origin: string): string {
  let html = ''
  let done = 0
  for (const match of text.matchAll(ADDRESS)) {
    const address = match[0].replace(CLOSING, '')
    if (!isOurs(address, origin)) continue
    html += `${escape(text.slice(done, match.index))}<a href="${escape(address)}">${escape(address)}</a>`
    done = match.index + address.length
  }
  return html + escape(text.slice(done))
}

function isOurs(address: string, origin: string): boolean {
  // Compared as parsed: `https://ours.example@evil.example` begins with our origin but leads elsewhere.
  return URL.canParse(address) && new URL(address).origin === origin && address.startsWith(origin)
}

const ENTITIES: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
const escape = (text: string) => text.replace(/[&<>"']/g, (character) => ENTITIES[character]!)
