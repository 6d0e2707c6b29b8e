import { domainToUnicode } from 'node:url'
import sanitizeHtml, { type Attributes, type IOptions, type Tag } from 'sanitize-html'

/** HTML that shows what somebody wrote and can do nothing: no script, no form, no style sheet, nothing fetched from anywhere. */
export interface HarmlessHtml {
  html: string
  /** Pictures that stand elsewhere, each address once. Their addresses are kept in `data-remote`. */
  remote_images: number
}

/** What is longer is not looked at: its text form is there. */
const HTML_LENGTH_MAX = 2_000_000
const REMOTE_IMAGES_MAX = 200
const ADDRESS_LENGTH_MAX = 4_000

/**
 * Makes a stranger's HTML harmless. Only known tags, attributes and style properties stay (an allow-list: what nobody thought of is left
 * out). Pictures elsewhere lose their address to `data-remote`, pictures of the mail itself to `data-cid`; a link gets the host to which it
 * really leads into `data-host`, and a title with its whole address. The rest is the policy of the page that shows it (desk, html).
 */
export function harmlessHtml(html: string): HarmlessHtml {
  const remote = new Set<string>()
  const harmless = sanitizeHtml(html.slice(0, HTML_LENGTH_MAX), {
    ...OPTIONS,
    transformTags: {
      a: (_, attributes) => link(attributes),
      area: 'span',
      img: (_, attributes) => image(attributes, remote),
      body: 'div',
      center: 'div',
    },
  })
  return { html: harmless.replaceAll('\0', '').toWellFormed(), remote_images: remote.size }
}

const COLOUR = /^(#[0-9a-f]{3,8}|[a-z]{3,20}|rgba?\([\d\s.,%]{3,40}\))$/i
const LENGTH = /^-?\d{1,4}(\.\d{1,4})?(px|pt|em|rem|%)?$/i
const LENGTHS =
  /^(-?\d{1,4}(\.\d{1,4})?(px|pt|em|rem|%)?|auto)(\s+(-?\d{1,4}(\.\d{1,4})?(px|pt|em|rem|%)?|auto)){0,3}$/i
const BORDER = /^[a-z0-9#.%\s]{1,60}$/i

/**
 * No `position`, `background` with an address, `content`, `opacity`, `display` or `height`: nothing that covers, hides or fetches. A value
 * with a bracket is not among these patterns except `rgb()`.
 */
const STYLES: Record<string, RegExp[]> = {
  color: [COLOUR],
  'background-color': [COLOUR],
  'font-size': [/^(\d{1,2}(\.\d{1,2})?(px|pt|em|rem)|[89]\d%|1\d\d%|small|medium|large|x-large)$/i],
  'font-weight': [/^(bold|bolder|normal|[1-9]00)$/i],
  'font-style': [/^(italic|normal|oblique)$/i],
  'font-family': [/^[\w\s,'"-]{1,200}$/],
  'text-align': [/^(left|right|center|justify)$/i],
  'text-decoration': [/^(underline|line-through|none)$/i],
  'line-height': [LENGTH],
  'vertical-align': [/^(top|middle|bottom|baseline|sub|super)$/i],
  'white-space': [/^(normal|pre|pre-wrap|pre-line|nowrap)$/i],
  'list-style-type': [/^[a-z-]{3,30}$/i],
  border: [BORDER],
  'border-collapse': [/^(collapse|separate)$/i],
  'border-left': [BORDER],
  'border-bottom': [BORDER],
  'border-top': [BORDER],
  'border-right': [BORDER],
  padding: [LENGTHS],
  'padding-left': [LENGTH],
  margin: [LENGTHS],
  'margin-left': [LENGTH],
  width: [LENGTH],
  'max-width': [LENGTH],
}

const OPTIONS: IOptions = {
  // prettier-ignore
  allowedTags: ['a', 'abbr', 'address', 'article', 'aside', 'b', 'bdi', 'bdo', 'big', 'blockquote', 'br', 'caption', 'cite', 'code', 'col',
    'colgroup', 'dd', 'del', 'div', 'dl', 'dt', 'em', 'figcaption', 'figure', 'font', 'footer', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'header',
    'hr', 'i', 'img', 'ins', 'kbd', 'li', 'main', 'mark', 'ol', 'p', 'pre', 'q', 's', 'samp', 'section', 'small', 'span', 'strike', 'strong',
    'sub', 'sup', 'table', 'tbody', 'td', 'tfoot', 'th', 'thead', 'time', 'tr', 'tt', 'u', 'ul', 'var', 'wbr'],
  allowedAttributes: {
    '*': ['style', 'dir', 'lang', 'align', 'valign'],
    a: ['href', 'title', 'target', 'rel', 'data-host'],
    img: ['alt', 'width', 'height', 'data-remote', 'data-cid'],
    table: ['border', 'cellpadding', 'cellspacing', 'width', 'bgcolor'],
    td: ['colspan', 'rowspan', 'width', 'bgcolor'],
    th: ['colspan', 'rowspan', 'width', 'bgcolor', 'scope'],
    tr: ['bgcolor'],
    col: ['span', 'width'],
    font: ['color', 'size', 'face'],
    ol: ['start', 'type'],
  },
  allowedStyles: { '*': STYLES },
  allowedSchemes: ['http', 'https', 'mailto', 'tel'],
  allowedSchemesAppliedToAttributes: ['href'],
  allowProtocolRelative: false,
  // Their text is no text that anybody wrote.
  nonTextTags: [
    'style',
    'script',
    'textarea',
    'option',
    'noscript',
    'title',
    'head',
    'template',
    'svg',
    'math',
    'iframe',
    'object',
  ],
  nestingLimit: 100,
  parseStyleAttributes: true,
}

/** Where it really leads stands beside it: what a link says and what it does are two things. */
function link({ href = '' }: Attributes): Tag {
  const address = href.trim().slice(0, ADDRESS_LENGTH_MAX)
  if (/^(mailto|tel):/i.test(address)) return { tagName: 'a', attribs: { href: address, title: address } }
  if (!/^https?:/i.test(address) || !URL.canParse(address)) return { tagName: 'span', attribs: {} }
  const { href: whole, host, hostname } = new URL(address)
  // The punycode form stays where letters of several scripts could look like another host.
  const shown = /^[\x20-\x7e]*$/.test(domainToUnicode(hostname)) ? host : `${host} (${domainToUnicode(hostname)})`
  return {
    tagName: 'a',
    attribs: { href: whole, title: whole, 'data-host': shown, target: '_blank', rel: 'noopener noreferrer nofollow' },
  }
}

function image({ src = '', alt = '', width, height }: Attributes, remote: Set<string>): Tag {
  const size = { ...(width ? { width } : {}), ...(height ? { height } : {}) }
  const address = src.trim().slice(0, ADDRESS_LENGTH_MAX)
  const known = { alt: alt.slice(0, 500), ...size }
  if (/^cid:/i.test(address)) return { tagName: 'img', attribs: { ...known, 'data-cid': nameOf(address.slice(4)) } }
  const elsewhere = address.startsWith('//') ? `https:${address}` : address
  // A picture without any place to come from is its words.
  if (!/^https?:/i.test(elsewhere) || !URL.canParse(elsewhere)) return { tagName: 'span', attribs: {}, text: known.alt }
  if (remote.size < REMOTE_IMAGES_MAX) remote.add(new URL(elsewhere).href)
  return { tagName: 'img', attribs: { ...known, 'data-remote': new URL(elsewhere).href } }
}

function nameOf(cid: string): string {
  try {
    return decodeURIComponent(cid)
  } catch {
    return cid
  }
}
