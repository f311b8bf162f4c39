/** Generated inputs and data sets, from the bench file to the result. */
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { flat, servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer({ program: { service: '1ms' } })
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

const BENCH = `
import { closed, describe, http, scenario } from 'servebench'
import { csv, image, mixed, repeat, tabular } from 'servebench/inputs'
const target = () => http({ url: process.env.TARGET_URL + '/' })
const load = closed({ concurrency: 1, requests: 80 })
describe('inputs', () => {
  scenario('special', {
    matrix: { values: ['random', 'zeros'] },
    target,
    input: ({ values }) => tabular({ features: 4, name: 'x', values }),
    load,
    repeats: 6,
  })
  scenario('mixed', {
    target,
    input: mixed({
      rows: { input: csv('rows.csv', { json: ['a'], badRows: 'skip' }), weight: 3 },
      image: repeat(image({ size: 16, format: 'jpeg' })),
    }),
    load,
  })
})`

it('sends what is generated and read, labels it, and says what was left out', async () => {
  project = new E2eProject(
    { 'a.bench.ts': BENCH, 'rows.csv': 'a,b\n1,2\n3\n5,6\n' },
    { warmup: '20ms', duration: '80ms', seed: 'inputs' },
  )
  const { code, output } = await servebench(project, [], { env: { TARGET_URL: server.url } })
  expect(code, output).toBe(0)
  const result = project.result()
  const trial = result.trials.find(({ path }) => path.at(-1) === 'mixed')
  expect(trial?.payloads).toMatchObject({
    count: 64,
    // Two rows and one picture.
    distinct: 3,
    datasets: [{ file: 'rows.csv', rows: 3, bad: 1, firstBad: 'line 3 has 1 field instead of 2' }],
  })
  expect(Object.keys(trial?.streams['main']?.labels ?? {}).sort()).toEqual(['image', 'rows'])
  expect(trial?.verdict.reasons.map((reason) => reason.code)).toContain('dataset-rows')
  const table = result.analyses.find(({ name }) => name === 'special-inputs')
  expect(table?.rows.map(([values]) => values)).toContain('zeros')
  expect(flat(output)).toContain('special inputs against random ones')
})

it('tells in the terminal what is wrong with a data set', async () => {
  const bench = BENCH.replace("'rows.csv'", "'row.csv'")
  project = new E2eProject({ 'a.bench.ts': bench }, { warmup: '20ms', duration: '50ms' })
  const { code, output } = await servebench(project, ['-t', 'mixed'], { env: { TARGET_URL: server.url } })
  expect(code).toBe(2)
  expect(flat(output)).toContain("The data set 'row.csv' does not exist.")
})
