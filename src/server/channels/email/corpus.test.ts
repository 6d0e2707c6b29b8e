import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { MUTATIONS, mutate, type Mutation } from './corpus/mutants.ts'
import { partsOfFolded } from './fold/fold-mail.ts'
import { readMail, type Mail } from './read.ts'

/**
 * Mails in the forms that real mailers write, made for this (docs in corpus/README.md). Beside each stands what it must be read as; and
 * every way of writing the same mail otherwise must read the same.
 */
const corpus = new URL('./corpus/', import.meta.url)
const names = readdirSync(corpus)
  .filter((file) => file.endsWith('.eml'))
  .map((file) => file.slice(0, -'.eml'.length))

interface Expected {
  _text_contains?: string[]
  _invitation?: Record<string, string>
  /** Its label names another charset than it uses, so there is no other charset to write it in. */
  _label_lies?: boolean
  /** Ways of writing it otherwise that would make another mail of it. */
  _mutants?: Partial<Record<'cte' | 'charset' | 'boundary' | 'fields', false>>
  date?: string | null
}

const seen = {
  mails: 0,
  mutants: Object.fromEntries(MUTATIONS.map((mutation) => [mutation, 0])) as Record<Mutation, number>,
}

test.each(names)('%s', async (name) => {
  const raw = readFileSync(new URL(`${name}.eml`, corpus))
  const expected = JSON.parse(readFileSync(new URL(`${name}.json`, corpus), 'utf8')) as Expected
  const mail = await readMail(raw)
  expectAsWritten(mail, expected)
  seen.mails++
  const read = comparable(mail)
  for (const mutation of MUTATIONS) {
    if (isExcepted(expected, mutation)) continue
    const mutant = mutate(raw, mutation)
    if (!mutant) continue
    expect(comparable(await readMail(mutant)), mutation).toEqual(read)
    seen.mutants[mutation]++
  }
})

function expectAsWritten(mail: Mail, expected: Expected) {
  const { _text_contains, _invitation, _label_lies, _mutants, date, ...rest } = expected
  expect({ ...mail, ...partsOfFolded(mail.text, mail.quoted_text) }).toMatchObject(rest)
  if (date !== undefined) expect(mail.date?.toISOString() ?? null).toBe(date)
  for (const words of _text_contains ?? []) expect(mail.text).toContain(words)
  if (!_invitation) return
  const { _begins, ...invitation } = _invitation
  expect(mail.invitations[0]).toMatchObject(invitation)
  expect(mail.invitations[0]!.begins!.at!.toISOString()).toBe(_begins)
}

/** All that is said about a mail; the bytes of a text that came as a file may have other line ends. */
function comparable(mail: Mail) {
  return {
    ...mail,
    html: mail.html && { ...mail.html, html: mail.html.html.trim().replaceAll(/\s+/g, ' ') },
    attachments: mail.attachments.map(({ content, size: _, ...file }) => ({
      ...file,
      content: Buffer.from(content).toString('latin1').replaceAll('\r\n', '\n').trimEnd(),
    })),
  }
}

function isExcepted({ _label_lies, _mutants = {} }: Expected, mutation: Mutation): boolean {
  if (mutation === 'charset') return _label_lies === true || _mutants.charset === false
  if (mutation === 'base64' || mutation === 'quoted-printable') return _mutants.cte === false
  if (mutation === 'boundary') return _mutants.boundary === false
  return _mutants.fields === false && ['folded', 'unfolded', 'reordered', 'names'].includes(mutation)
}

afterAll(() => {
  expect(seen.mails).toBeGreaterThanOrEqual(150)
  const most: Mutation[] = ['lf', 'base64', 'quoted-printable', 'charset', 'folded', 'reordered', 'names']
  for (const mutation of most) expect(seen.mutants[mutation], mutation).toBeGreaterThanOrEqual(100)
  for (const mutation of MUTATIONS) expect(seen.mutants[mutation], mutation).toBeGreaterThan(0)
})
