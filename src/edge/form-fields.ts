/** Reads the fields of a posted form as people fill them in: browsers send CRLF, and pasted text may hold what no database takes. */

/** One field's text, without NUL bytes and half characters, with plain line ends, trimmed; '' where the field is absent or a file. */
export function textOf(form: FormData, name: string): string {
  const value = form.get(name)
  if (typeof value !== 'string') return ''
  return value.replaceAll('\0', '').replaceAll('\r\n', '\n').toWellFormed().trim()
}

/** A field that may only hold one of a few values; anything else counts as the first. */
export function choiceOf<Choice extends string>(
  form: FormData,
  name: string,
  choices: readonly [Choice, ...Choice[]],
): Choice {
  const value = textOf(form, name)
  return choices.find((choice) => choice === value) ?? choices[0]
}
