const escape = (text: string) => text.replace(/[&<"]/g, (letter) => `&#${letter.charCodeAt(0)};`)

/**
 * Choices of a native list as text, for {@html}: an option by the template costs a renderer of its own. Every word is escaped here.
 * @param label what stands between the tags
 */
export const optionText = (value: string, label: string, is_selected: boolean): string =>
  `<option value="${escape(value)}"${is_selected ? ' selected' : ''}>${escape(label)}</option>`

export const groupText = (label: string, options: string): string =>
  `<optgroup label="${escape(label)}">${options}</optgroup>`

/** The same list with another choice: `options` has none, and each of its values once. */
export const selectedIn = (options: string, value: string): string =>
  value === '' ? options : options.replace(`value="${escape(value)}"`, (found) => `${found} selected`)
