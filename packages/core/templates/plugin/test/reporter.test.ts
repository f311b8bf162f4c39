import { checkReporter, sampleResult } from 'servebench/testing'
import { expect, it } from 'vitest'
import { plugin } from '../src/reporter.ts'

it('keeps the contract of reporters, with a line for each case', async () => {
  const { held } = await checkReporter(plugin, {
    accept: ({ files }) =>
      String(files['acme.txt']).includes('batch=1 > threads=1: ') &&
      String(files['acme.txt']).trim().split('\n').length === sampleResult().cases.length,
  })
  expect(held.length).toBeGreaterThan(5)
})
