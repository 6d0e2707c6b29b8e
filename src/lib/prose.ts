/**
 * The few forms that the operator's texts may have: paragraphs, `## ` headings, `- ` lists, and addresses that begin with http(s).
 * Everything else stays as it was typed; nothing is ever turned into markup, so the text needs no sanitising.
 */
export type Piece = { text: string; href?: string }
export type Block = { kind: 'heading' | 'paragraph'; pieces: Piece[] } | { kind: 'list'; items: Piece[][] }

const ADDRESS = /https?:\/\/[^\s<>"']+/g

/** @example blocksOf('## Tentang\n\nLihat https://contoh.go.id.') → heading, paragraph with a link */
export function blocksOf(text: string): Block[] {
  const blocks: Block[] = []
  let lines: string[] = []
  const endParagraph = () => {
    if (lines.length > 0) blocks.push({ kind: 'paragraph', pieces: piecesOf(lines.join('\n')) })
    lines = []
  }
  for (const line of text.replaceAll('\r\n', '\n').split('\n')) {
    const item = /^[-*] +(.*)$/.exec(line)?.[1]
    const heading = /^#{1,3} +(.*)$/.exec(line)?.[1]
    if (item !== undefined || heading !== undefined || line.trim() === '') endParagraph()
    if (heading !== undefined) blocks.push({ kind: 'heading', pieces: piecesOf(heading) })
    else if (item !== undefined) addItem(blocks, piecesOf(item))
    else if (line.trim() === '') blocks.push({ kind: 'paragraph', pieces: [] })
    else lines.push(line.trim())
  }
  endParagraph()
  return blocks.filter((block) => block.kind === 'list' || block.pieces.length > 0)
}

function addItem(blocks: Block[], pieces: Piece[]) {
  const last = blocks.at(-1)
  if (last?.kind === 'list') last.items.push(pieces)
  else blocks.push({ kind: 'list', items: [pieces] })
}

function piecesOf(text: string): Piece[] {
  const pieces: Piece[] = []
  let done = 0
  for (const match of text.matchAll(ADDRESS)) {
    // The full stop that ends the sentence is not part of the address; nor is a bracket around it.
    const href = match[0].replace(/[.,;:!?)\]]+$/, '')
    if (match.index > done) pieces.push({ text: text.slice(done, match.index) })
    pieces.push({ text: href, href })
    done = match.index + href.length
  }
  if (done < text.length) pieces.push({ text: text.slice(done) })
  return pieces
}
