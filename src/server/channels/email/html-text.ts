import { compile, type DomNode, type FormatCallback, type HtmlToTextOptions } from 'html-to-text'

/** Converting is the most expensive step of reading; beyond this length only tags are taken out. */
const HTML_LENGTH_MAX = 2_000_000
/** Deeper than any mailer nests; the converter recurses. */
const DEPTH_MAX = 250
/** How much of one table is looked at to tell figures from mere layout. */
const NODES_EXAMINED_MAX = 2000
/** A private letter that stands where the converter left something out. */
const LEFT_OUT = '\uE0F5'

/** Lists, tables, links with their address, quotations as "> " lines: the text form of a mail that has only HTML. Linear. */
export function textOfHtml(html: string): string {
  if (html.length > HTML_LENGTH_MAX) return withoutTags(html)
  const text = convert(html)
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
  return text.includes(LEFT_OUT) || text.trim() === '' ? withoutTags(html) : text
}

const picture: FormatCallback = (element, _walk, builder) => {
  const words = (element.attribs?.['alt'] as string | undefined)?.trim()
  if (words) builder.addInline(`[${words}]`)
}

/** Mailers lay out whole pages by tables; only figures are worth columns. */
const table: FormatCallback = (element, walk, builder, options) => {
  const columns = builder.options.formatters?.['dataTable']
  if (columns && holdsFigures(element)) return columns(element, walk, builder, options)
  builder.openBlock({ leadingLineBreaks: 1 })
  walk(element.children ?? [], builder)
  builder.closeBlock({ trailingLineBreaks: 1 })
}

/** Two columns or more in two rows or more, or a border or heading cells, and no table inside. */
function holdsFigures(element: DomNode): boolean {
  const border = Number.parseInt((element.attribs?.['border'] as string | undefined) ?? '0', 10) > 0
  let rows = 0
  let widest = 0
  let headings = 0
  const waiting = [...(element.children ?? [])]
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen > NODES_EXAMINED_MAX) return false
    const { name, children = [] } = waiting.pop()!
    if (name === 'table') return false
    if (name === 'th') headings++
    if (name === 'tr') {
      rows++
      widest = Math.max(widest, children.filter((cell) => cell.name === 'td' || cell.name === 'th').length)
    }
    for (const child of children) waiting.push(child)
  }
  return widest >= 2 && (border || headings > 0 || rows >= 2)
}

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  // Also what stands outside of body: lists append their footer there.
  baseElements: { selectors: [] },
  limits: { maxDepth: DEPTH_MAX, maxInputLength: HTML_LENGTH_MAX, ellipsis: LEFT_OUT },
  formatters: { picture, table },
  selectors: [
    ...['style', 'script', 'title', 'template'].map((selector) => ({ selector, format: 'skip' })),
    { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: 'img', format: 'picture' },
    { selector: 'table', format: 'table', options: { uppercaseHeaderCells: false, maxColumnWidth: 60 } },
    ...['td', 'th'].map((selector) => ({ selector, format: 'block' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'ul', options: { itemPrefix: '- ' } },
    { selector: 'blockquote', options: { leadingLineBreaks: 1, trailingLineBreaks: 1 } },
  ],
}
const convert = compile(OPTIONS)

/** The last resort for HTML that the library does not convert: linear, keeps every word. */
function withoutTags(html: string): string {
  return html
    .slice(0, HTML_LENGTH_MAX)
    .replace(/<(?:br|\/p|\/div|\/tr|\/li|\/h\d)\b/gi, '\n<')
    .replace(/<[^<>]*>/g, ' ')
    .replace(/[ \t]+/g, ' ')
    .replaceAll('&nbsp;', ' ')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .trim()
}
