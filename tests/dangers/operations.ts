/** Every operation of the API, out of its own document. */
import { ask } from './client.ts'
import type { House } from './house.ts'

export interface Operation {
  method: string
  /** As the document writes it: `/api/v1/tickets/{number}`. */
  path: string
}

export async function everyOperation({ pandu }: House): Promise<Operation[]> {
  const { text } = await ask(pandu.port, '/api/v1/openapi.json')
  const { paths } = JSON.parse(text) as { paths: Record<string, Record<string, unknown>> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods)
      .filter((method) => /^(get|post|put|patch|delete)$/.test(method))
      .map((method) => ({ method: method.toUpperCase(), path })),
  )
}

/** The same path with something that is there, or with an id that is nobody's. */
export const operationPath = ({ ticket }: House, path: string): string =>
  path.replaceAll('{number}', ticket.number).replaceAll(/\{\w+\}/g, '01900000-0000-7000-8000-000000000000')
