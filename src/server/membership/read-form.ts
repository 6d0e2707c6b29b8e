import type { z } from 'zod'
import { refuse } from '../platform/refusal.ts'

/** A form by the schema beside the command. Refuses `invalid` with one fault a field; the schema's messages are keys. */
export function readForm<Schema extends z.ZodType>(schema: Schema, input: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  refuse(
    'invalid',
    'form',
    parsed.error.issues.map(({ path, message }) => ({
      // The page's fields are named by their place in the form.
      path: (path[0] === 'form' ? path.slice(1) : path).join('.'),
      key: /^[a-z_]+\.[a-z_]+$/.test(message) ? message : 'fault.wrong',
    })),
  )
}
