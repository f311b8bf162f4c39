/** The examples of articles: all of their cases can be listed, and a few small ones of each measure what they say. */
import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { servebench } from './support/cli.ts'
import { E2eProject } from './support/project.ts'
import type { RunResult } from '../../src/report/result.ts'

const EXAMPLES = join(import.meta.dirname, '../../../../examples')
/** Those that have a full form. */
const NAMES = readdirSync(EXAMPLES).filter((name) => existsSync(join(EXAMPLES, name, 'form.ts')))

/** For the results, and for a cache of models that only these tests use. */
const project = new E2eProject({})
afterAll(() => project[Symbol.dispose]())

it.each(NAMES)('%s lists its cases, in both forms', async (name) => {
  const lists = await Promise.all(
    ['', 'full'].map((FORM) =>
      servebench(project, ['list', '--json'], { directory: join(EXAMPLES, name), env: { FORM } }),
    ),
  )
  for (const { code, output, stdout } of lists) {
    expect(code, output).toBe(0)
    const scenarios = JSON.parse(stdout) as { readonly cases: readonly unknown[] }[]
    expect(scenarios.length).toBeGreaterThan(0)
    expect(scenarios.every(({ cases }) => cases.length > 0)).toBe(true)
  }
})

/** Some cases of an example, as small as they get; on a busy machine the verdict on them would be an accident. */
async function measure(name: string, ...args: readonly string[]): Promise<RunResult> {
  const config = ['--config', project.path('servebench.config.json'), '--root', join(EXAMPLES, name)]
  const output = ['--output', project.path(name), '--records', 'none']
  const times = ['--warmup', '20ms', '--duration', '100ms', '--repeats', '1']
  const run = await servebench(project, ['run', ...args, ...config, ...output, ...times])
  expect(run.code, run.output).toBe(0)
  const result = project.result(name)
  const measured = result.trials.filter(({ state }) => state !== 'skipped')
  expect(measured.length).toBeGreaterThan(0)
  for (const { state, counts } of measured) {
    expect(state).toBe('completed')
    expect(counts).toMatchObject({ failed: 0, incorrect: 0 })
  }
  return result
}

const namesOf = (result: RunResult): readonly string[] => result.analyses.map(({ name }) => name)

it('tasks: every answer is checked, and there is a table of all tasks', async () => {
  const result = await measure('tasks', '--tag', 'tasks')
  const table = result.analyses.find(({ name }) => name === 'by-task')
  expect(table?.rows.map(([task]) => task)).toEqual([
    'image classification',
    'object detection',
    'image generation',
    'recommendation',
    'speech recognition',
    'text classification',
    'text generation',
  ])
  expect(result.trials.every(({ counts }) => counts.checked > 0)).toBe(true)
})

it('inferbench: batches of a model, and a pipeline with steps of the client', async () => {
  const result = await measure(
    'inferbench',
    '-t',
    '^batch size > model=mlp,batch=(1|8)$|protocol=grpc,batch=4',
  )
  expect(result.cases.map(({ pooled }) => pooled?.items.perRequest)).toEqual([1, 8, 1])
  expect(result.cases[2]?.pooled?.pipeline?.steps.map(({ name }) => name)).toEqual([
    'preprocess',
    'inference',
    'postprocess',
  ])
})

it('vespa: threads and concurrency on the stand-in', async () => {
  const result = await measure('vespa', 'threads', '-t', 'onnx,model=distilled,threads=1')
  expect(result.cases.map(({ case: at }) => at['concurrency'])).toEqual([1, 2, 4])
})

it('tfserving-load: what replicas cost in a month of 24 hours', async () => {
  const result = await measure('tfserving-load', 'deployments', '-t', 'onnx,deployment=1 × 2')
  expect(namesOf(result)).toContain('cost')
  // Two CPUs, and 4 or 8 GiB, at the prices of the file.
  const perHour = (memory: number): number => 2 * 0.02181159 + memory * 0.00292353
  expect(result.trials.map(({ cost }) => cost?.perMonth)).toEqual([
    expect.closeTo(24 * perHour(4), 9),
    expect.closeTo(24 * perHour(8), 9),
  ])
})
