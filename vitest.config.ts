import { defineConfig } from 'vitest/config'
import { project } from './vitest.shared.ts'

export default defineConfig({
  test: {
    projects: [
      'packages/*',
      'bench',
      'test/*/vitest.config.ts',
      { ...project('e2e', { include: ['packages/core/test/e2e/**/*.test.ts'], testTimeout: 60_000 }) },
    ],
    passWithNoTests: false,
  },
})
