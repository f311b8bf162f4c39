import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import { richResult } from '../../test/result-fixture.ts'
import { readResult } from '../report/read-result.ts'
import { sampleResult } from './sample-result.ts'

it('is the result that the core’s own reporters are tested with', async () => {
  const text = `${JSON.stringify(richResult())}\n`
  await expect(text).toMatchFileSnapshot('../../data/sample-result.json')
})

it('is a result as the schema has it, a new one each time', async () => {
  expect(await readResult(fileURLToPath(new URL('../../data/sample-result.json', import.meta.url)))).toEqual(
    sampleResult(),
  )
  expect(sampleResult()).not.toBe(sampleResult())
})
