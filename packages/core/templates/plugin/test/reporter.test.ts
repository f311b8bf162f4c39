import type { ReportContext, RunResult } from 'servebench/plugin'
import { applyPlugins } from 'servebench/testing'
import { expect, it } from 'vitest'
import { plugin } from '../src/reporter.ts'

it('writes a line for each case', async () => {
  const files: Record<string, unknown> = {}
  const context = {
    write: async (name: string, text: string) => {
      files[name] = text
      return name
    },
  } as unknown as ReportContext
  const cases = [
    { path: ['a', 'b'], case: { threads: 2 }, pooled: { throughput: 12.34 } },
    { path: ['a', 'c'], case: {}, pooled: { throughput: null } },
  ]
  const hooks = await applyPlugins([plugin], process.cwd())
  await hooks.report.promise({ cases } as unknown as RunResult, context)
  expect(files).toEqual({ 'acme.txt': 'a > b > threads=2: 12.3/s\na > c: no throughput\n' })
})
