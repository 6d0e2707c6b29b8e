import type { z } from 'zod'
import { refuse } from '../platform/refusal.ts'

/** What a person typed, by the schema beside the command; refuses invalid with one fault a field (the schema's messages are keys). */
export function readInput<Schema extends z.ZodType>(schema: Schema, input: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  refuse(
    'invalid',
    'form',
    parsed.error.issues.map((issue) => ({
      path: issue.path.join('.'),
      key: issue.message.startsWith('fault.') ? issue.message : 'fault.wrong',
    })),
  )
}
