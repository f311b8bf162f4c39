import { defineProject } from 'vitest/config'

/** Every workspace's tests run from source: no build needed. */
export function project(
  name: string,
  options: { readonly include?: string[]; readonly testTimeout?: number } = {},
) {
  return defineProject({
    ssr: { resolve: { conditions: ['servebench-source', 'module', 'node', 'development|production'] } },
    resolve: { conditions: ['servebench-source', 'module', 'node', 'development|production'] },
    test: {
      name,
      include: options.include ?? ['src/**/*.test.{ts,tsx}', 'test/**/*.test.{ts,tsx}'],
      environment: 'node',
      pool: 'forks',
      testTimeout: options.testTimeout ?? 20_000,
      hookTimeout: options.testTimeout ?? 30_000,
      execArgv: ['--conditions=servebench-source'],
    },
  })
}
