import { sveltekit } from '@sveltejs/kit/vite'
import adapter from '@sveltejs/adapter-node'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/longest-first.ts'
import { oneServerCopy } from './scripts/one-server-copy.ts'
import { wordFiles } from './scripts/word-files.ts'

export default defineConfig({
  plugins: [
    oneServerCopy(),
    wordFiles(),
    sveltekit({
      adapter: adapter({ precompress: true }),
      // Our one check on page POSTs is in src/hooks.server.ts (docs/decisions/0008-origin-check.md): SvelteKit's own refuses
      // text browsers that send no Origin.
      csrf: { trustedOrigins: ['*'] },
      csp: {
        mode: 'nonce',
        directives: {
          'default-src': ['none'],
          'script-src': ['self'],
          'style-src': ['self'],
          // The one style attribute that SvelteKit's client writes itself: it hides the live region that tells page names.
          'style-src-attr': ['unsafe-hashes', 'sha256-S8qMpvofolR8Mpjy4kQvEm7m1q8clzU4dfDH0AmvZjo='],
          'img-src': ['self', 'data:'],
          'connect-src': ['self'],
          // Only the frame that shows a mail as it was sent, which has a stricter policy of its own (src/edge/mail-page.ts).
          'frame-src': ['self'],
          'form-action': ['self'],
          'base-uri': ['none'],
          'frame-ancestors': ['none'],
        },
      },
      compilerOptions: { runes: true },
    }),
  ],
  build: { target: 'es2022' },
  test: {
    include: [
      'src/**/*.test.ts',
      'messages/*.test.ts',
      'scripts/*.test.ts',
      'tests/*.test.ts',
      'tests/peers/*.test.ts',
    ],
    globalSetup: ['src/server/platform/testing-database.ts'],
    setupFiles: ['src/server/platform/testing-passwords.ts'],
    testTimeout: 300_000,
    hookTimeout: 120_000,
    // A wait for a condition ends when it is met; a second, as it would be, is what a busy machine takes for nothing at all.
    expect: { poll: { timeout: 60_000 } },
    pool: 'forks',
    // A process for each file would spend two fifths of all its time on loading the same modules again. The program keeps nothing at module
    // level, and what a test keeps there ends with its file.
    isolate: false,
    // Twice the cores of a small machine: many tests wait, for a process that ends, a connection that is cut, a limit of time.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
  },
})
