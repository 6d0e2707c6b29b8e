import { expect, test } from 'vitest'
import { everybody } from './context.ts'
import { seeInstallation } from './installation.ts'
import { useDatabase } from './testing.ts'

const database = useDatabase()

test(
  'versions, the newest migration and the room on the disk',
  database.story(async ({ as }) => {
    const seen = await seeInstallation(await as(everybody))
    expect(seen.database).toMatchObject({ kind: 'embedded' })
    expect(seen.database.version).toMatch(/^1[78]/)
    expect(seen.database.bytes).toBeGreaterThan(1_000_000)
    expect(seen.migration.number).toBeGreaterThanOrEqual(8)
    expect(seen.migration.name).toMatch(/^\d{4}_\w+\.sql$/)
    expect(seen.data.free_bytes).toBeGreaterThan(0)
    expect(seen.data.total_bytes).toBeGreaterThanOrEqual(seen.data.free_bytes)
    expect(seen.node).toBe(process.versions.node)
  }),
)
