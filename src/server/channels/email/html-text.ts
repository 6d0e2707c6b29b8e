import { compile, type DomNode, type FormatCallback, type HtmlToTextOptions } from 'html-to-text'

/** Converting is the most expensive step of reading; beyond this length only tags are taken out. */
const HTML_LENGTH_MAX = 2_000_000
/** Deeper than any mailer nests; the converter recurses. */
const DEPTH_MAX = 250
/** The parser's own work grows with the square of the depth; of what is so deep only the words are taken. */
const OPEN_TAGS_MAX = 3000
/** Need no end tag, so that their number says nothing about depth. */
const NEVER_DEEP = new Set(
  'p li tr td th dt dd option thead tbody tfoot br hr img input meta link col wbr area base source'.split(' '),
)
/** How much of one table is looked at to tell figures from mere layout. */
const NODES_EXAMINED_MAX = 2000
/** A table whose cells span more is a trap: the converter makes room for each column and row. */
const SPANNED_MAX = 5000
/** A private letter that stands where the converter left something out. */
const LEFT_OUT = '\uE0F5'

/** Lists, tables, links with their address, quotations as "> " lines: the text form of a mail that has only HTML. Linear. */
export function textOfHtml(html: string): string {
  if (html.length > HTML_LENGTH_MAX || isTooDeep(html)) return withoutTags(html)
  const text = convert(html)
    .replaceAll('\u00a0', ' ')
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n')
  return text.includes(LEFT_OUT) || text.trim() === '' ? withoutTags(html) : text
}

/** Deeper than any mailer nests. Two parsers, this one and the one that makes HTML harmless, need time by the square of it. */
export function isTooDeep(html: string): boolean {
  let open = 0
  for (const [, end, name] of html.matchAll(/<(\/?)([a-z][a-z0-9]{0,20})/gi)) {
    if (NEVER_DEEP.has(name!.toLowerCase())) continue
    open += end ? -1 : 1
    if (open > OPEN_TAGS_MAX) return true
  }
  return false
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
  let spanned = 0
  const waiting: Partial<DomNode>[] = [...(element.children ?? [])]
  for (let seen = 0; waiting.length > 0; seen++) {
    if (seen > NODES_EXAMINED_MAX) return false
    const { name, attribs, children = [] } = waiting.pop()!
    if (name === 'table') return false
    if (name === 'th') headings++
    if (name === 'td' || name === 'th') spanned += spanOf(attribs)
    if (spanned > SPANNED_MAX) return false
    if (name === 'tr') {
      rows++
      widest = Math.max(widest, children.filter((cell) => cell.name === 'td' || cell.name === 'th').length)
    }
    for (const child of children) waiting.push(child)
  }
  return widest >= 2 && (border || headings > 0 || rows >= 2)
}

const spanOf = (attribs: DomNode['attribs'] | undefined) =>
  ['colspan', 'rowspan'].reduce((area, name) => area * (Number.parseInt(String(attribs?.[name] ?? '1'), 10) || 1), 1)

/** Roman and lettered numbers of a stranger's choosing could be as long as memory allows. */
const numbered: FormatCallback = (element, walk, builder, options) => {
  const { start, type: _, ...attribs } = element.attribs ?? {}
  const first = Number.parseInt(String(start ?? '1'), 10)
  element.attribs = { ...attribs, ...(first > 0 && first < 10_000 ? { start: String(first) } : {}) }
  builder.options.formatters?.['orderedList']?.(element, walk, builder, options)
}

const OPTIONS: HtmlToTextOptions = {
  wordwrap: false,
  // Also what stands outside of body: lists append their footer there.
  baseElements: { selectors: [] },
  limits: { maxDepth: DEPTH_MAX, maxInputLength: HTML_LENGTH_MAX, ellipsis: LEFT_OUT },
  formatters: { picture, table, numbered },
  selectors: [
    ...['style', 'script', 'title', 'template'].map((selector) => ({ selector, format: 'skip' })),
    { selector: 'a', options: { linkBrackets: ['<', '>'], hideLinkHrefIfSameAsText: true, noAnchorUrl: true } },
    { selector: 'img', format: 'picture' },
    { selector: 'table', format: 'table', options: { uppercaseHeaderCells: false, maxColumnWidth: 60 } },
    ...['td', 'th'].map((selector) => ({ selector, format: 'block' })),
    ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6'].map((selector) => ({ selector, options: { uppercase: false } })),
    { selector: 'ol', format: 'numbered' },
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
