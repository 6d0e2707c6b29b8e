import { statSync } from 'node:fs'
import { relative, resolve } from 'node:path'
import type { TestSequencer, TestSpecification } from 'vitest/node'

const HOUSE = resolve(import.meta.dirname, '..')

/** A minute and more of one core, or two of waiting: none of them may be what everybody waits for at the end. */
const LONGEST = /^tests\/(faults|dangers|walls|demo)\.test\.ts$/
/** Whole programs that are started, killed and waited for: long, and mostly idle. */
const PROGRAMS =
  /^(tests\/.*|src\/cli\/.*|(src\/.*\/)?(kill|kill-texts|phone-kill|embedded-postgres|external-postgres|unknown-commit|once|backup|beats|slow-peers|memory|reader))\.test\.ts$/

/**
 * The long files first, so that none of them is left running alone at the end. Vitest would go by how long each took the last time, which a
 * fresh clone does not know, and then by size, which says nothing of files that wait.
 */
export class LongestFirst implements TestSequencer {
  async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const weights = new Map(
      files.map(({ moduleId }) => {
        const path = relative(HOUSE, moduleId)
        return [moduleId, (LONGEST.test(path) ? 2e9 : PROGRAMS.test(path) ? 1e9 : 0) + statSync(moduleId).size]
      }),
    )
    return files.toSorted((a, b) => (weights.get(b.moduleId) ?? 0) - (weights.get(a.moduleId) ?? 0))
  }

  async shard(files: TestSpecification[]): Promise<TestSpecification[]> {
    return files
  }
}
