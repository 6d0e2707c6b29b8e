import { z } from 'zod'
import { refuse } from '../platform/refusal.ts'

/** Made by the server when the form was shown; the same form posted twice counts once. */
export const FormId = z.string().min(1).max(100)

const FILES_MAX = 10
const FILES_BYTES_MAX = 18 * 1024 * 1024

/** Files whose bytes `app.files.keep()` has flushed to disk. */
export const FormAttachments = z
  .array(
    z.strictObject({
      name: z.string().max(1_000),
      type: z.string().max(255),
      size: z.int().min(0),
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  )
  .max(FILES_MAX, 'upload.too_many')
  .refine((files) => files.reduce((sum, { size }) => sum + size, 0) <= FILES_BYTES_MAX, 'upload.too_large')
  .default([])

/** A form by the schema beside its command. Refuses `invalid` with one fault a field; the schema's messages are keys. */
export function readForm<Schema extends z.ZodType>(schema: Schema, input: z.input<Schema>): z.output<Schema> {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  refuse(
    'invalid',
    'form',
    parsed.error.issues.map(({ path, message }) => ({
      path: path.join('.'),
      key: /^[a-z_]+\.[a-z_]+$/.test(message) ? message : 'fault.wrong',
    })),
  )
}
