import { inflateRawSync } from 'node:zlib'
import { sql } from 'kysely'
import type { App } from '../platform/app.ts'
import { read, system, type Reading, type StaffActor } from '../platform/context.ts'
import { mustCoordinateAll } from '../platform/may-coordinate-all.ts'
import { namingOf } from '../platform/redact.ts'
import { tracePerson } from '../people/index.ts'
import { spellingsOf } from './spellings.ts'

/** A file of somebody else that stays when the person is erased, because the case stays. */
export interface StayingFile {
  id: string
  ticket_number: string
  name: string
  size: number
  at: Date
  /** Whether it names the person, by name, address or number; null where no program here reads it: a picture, a PDF, a large one. */
  names_them: boolean | null
}

const FILES_MAX = 200
const READ_MAX = 60
const BYTES_MAX = 2_000_000

/**
 * Files that others sent to tickets on which this person stands and which stay without them, so that whoever decides about an erasure looks into them, and
 * has those removed that must go ({@link removeMention}, place `file`). Plain text, and the words of OpenDocument and Office files, are looked into here;
 * those that name the person come first, then those that nobody but a person can read. Files are read when no transaction is open, because that takes as
 * long as the disk does. The secretariat's coordinators and administrators.
 */
export async function findStayingFiles(app: App, actor: StaffActor, person_id: string): Promise<StayingFile[]> {
  mustCoordinateAll(actor)
  const found = await read(app, system, (all) => filesAround(all, person_id))
  if (!found) return []
  const { rows, looked } = found
  const files: StayingFile[] = []
  // One after the other: each is held in memory whole.
  for (const [at, { type, sha256, ...file }] of rows.entries()) {
    const text = at < READ_MAX && file.size <= BYTES_MAX ? await wordsIn(app, { ...file, type, sha256 }) : null
    files.push({ ...file, names_them: text === null || !looked ? null : looked.test(text.normalize('NFC')) })
  }
  const rank = ({ names_them }: StayingFile) => (names_them === null ? 1 : names_them ? 0 : 2)
  return files.sort((a, b) => rank(a) - rank(b))
}

interface Around {
  rows: (Omit<StayingFile, 'names_them'> & { type: string; sha256: string })[]
  /** What names the person. */
  looked: RegExp | null
}

async function filesAround(all: Reading, person_id: string): Promise<Around | null> {
  const { rows: alive } =
    await sql`select from people where id = ${person_id}::uuid and merged_into is null and erased_at is null`.execute(
      all.db,
    )
  if (alive.length === 0) return null
  const { ids, names, addresses } = await tracePerson(all, person_id)
  const { rows } = await sql<Around['rows'][number]>`
      select a.id, t.number::text as ticket_number, a.name, a.type, a.size::int as size, a.sha256, m.at
      from attachments a join messages m on m.ticket_id = a.ticket_id and m.id = a.message_id join tickets t on t.id = a.ticket_id
      where a.ticket_id in (select ticket_id from participants p where p.person_id = any (${ids}::uuid[]))
        and (m.author_id is null or not (m.author_id = any (${ids}::uuid[])))
        -- A ticket that they asked for themselves alone loses every file.
        and not (t.requester_id = any (${ids}::uuid[]) and t.organisation_id is null and t.institution is null)
      order by m.at desc, a.id limit ${FILES_MAX}::int`.execute(all.db)
  const written = addresses.filter(({ alone }) => alone).flatMap(({ address, normalised }) => [address, normalised])
  return { rows, looked: patternOf([...names, ...names.flatMap(spellingsOf)], written) }
}

/**
 * PostgreSQL's expression, for JavaScript, whose own border of a word knows ASCII alone. It is tried on text in form NFC: office programs write "É" as
 * one letter or as two.
 */
export function patternOf(names: readonly string[], addresses: readonly string[]): RegExp | null {
  const { anyhow } = namingOf({ names: names.map((name) => name.normalize('NFC')), addresses })
  if (anyhow === null) return null
  // With the flag u a dash is not escaped outside of brackets.
  const written = anyhow.replaceAll('\\m', BEGINS).replaceAll('\\M', ENDS).replaceAll('\\-', '-')
  return new RegExp(written, 'iu')
}
const BEGINS = '(?<![\\p{L}\\p{M}\\p{N}_])'
const ENDS = '(?![\\p{L}\\p{M}\\p{N}_])'

const TEXT = /\.(?:txt|csv|tsv|md|html?|xml|json|log|eml|ics|vcf|rtf)$/i
const PACKED = /\.(?:od[tsp]|docx|xlsx|pptx)$/i
/** Where the words stand in OpenDocument and Office files. */
const WORDS_IN =
  /^(?:content\.xml|word\/(?:document|header\d*|footer\d*|comments)\.xml|xl\/sharedStrings\.xml|ppt\/slides\/slide\d+\.xml|docProps\/core\.xml|meta\.xml)$/

/** Its words; null for what is not read here. */
async function wordsIn(
  app: App,
  { name, type, sha256 }: { name: string; type: string; sha256: string },
): Promise<string | null> {
  const packed = PACKED.test(name)
  if (!packed && !type.startsWith('text/') && !TEXT.test(name)) return null
  if (!(await app.files.has(sha256))) return null
  const chunks: Buffer[] = []
  for await (const chunk of await app.files.read(sha256)) chunks.push(chunk as Buffer)
  const bytes = Buffer.concat(chunks)
  if (!packed) return bytes.toString('utf8')
  const parts = packedParts(bytes)
  return parts && parts.map((xml) => xml.replace(/<[^>]*>/g, ' ').replaceAll('&amp;', '&')).join('\n')
}

const DIRECTORY = 0x02014b50
const ENTRIES_MAX = 2_000
/** Of all parts of one file together: a directory may name the same packed bytes a thousand times. */
const UNPACKED_MAX = 4 * BYTES_MAX

/** The parts of a ZIP file in which words stand; null for what is none, is sealed, or unpacks to too much. */
export function packedParts(zip: Buffer): string[] | null {
  try {
    const end = zip.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
    if (end < 0) return null
    const parts: string[] = []
    let room = UNPACKED_MAX
    let at = zip.readUInt32LE(end + 16)
    for (let left = Math.min(zip.readUInt16LE(end + 10), ENTRIES_MAX); left > 0; left--) {
      if (zip.readUInt32LE(at) !== DIRECTORY) return null
      const [method, size, name_length, extra, comment, offset] = [
        zip.readUInt16LE(at + 10),
        zip.readUInt32LE(at + 20),
        zip.readUInt16LE(at + 28),
        zip.readUInt16LE(at + 30),
        zip.readUInt16LE(at + 32),
        zip.readUInt32LE(at + 42),
      ]
      if (WORDS_IN.test(zip.toString('utf8', at + 46, at + 46 + name_length))) {
        const begin = offset + 30 + zip.readUInt16LE(offset + 26) + zip.readUInt16LE(offset + 28)
        const packed = zip.subarray(begin, begin + size)
        const part = method === 0 ? packed : inflateRawSync(packed, { maxOutputLength: room })
        room -= part.length
        if (room <= 0) return null
        parts.push(part.toString('utf8'))
      }
      at += 46 + name_length + extra + comment
    }
    return parts.length > 0 ? parts : null
  } catch {
    // Cut, sealed, or made to burst: a person looks.
    return null
  }
}
