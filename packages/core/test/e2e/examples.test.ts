/** The examples of articles: all of their cases can be listed, and a few small ones of each measure what they say. */
import { existsSync, readdirSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, it } from 'vitest'
import { servebench, type CliResult } from './support/cli.ts'
import { E2eProject } from './support/project.ts'
import { missingGpu } from '../../src/hooks/missing-gpu.ts'
import type { RunResult } from '../../src/report/result.ts'
import type { StudyResult } from '../../src/report/study/study-result.ts'

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

/** As small as they get; on a busy machine the verdict on them would be an accident. */
function start(command: 'run' | 'tune', name: string, args: readonly string[]): Promise<CliResult> {
  const config = ['--config', project.path('servebench.config.json'), '--root', join(EXAMPLES, name)]
  const output = ['--output', project.path(name), '--records', 'none']
  return servebench(project, [
    command,
    ...args,
    ...config,
    ...output,
    '--warmup',
    '20ms',
    '--duration',
    '100ms',
  ])
}

/** Some cases of an example. */
async function measure(name: string, ...args: readonly string[]): Promise<RunResult> {
  const run = await start('run', name, [...args, '--repeats', '1'])
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

/** Some configurations of a study. Whether one of them keeps a latency budget is up to the machine. */
async function tune(name: string, ...args: readonly string[]): Promise<StudyResult> {
  const run = await start('tune', name, args)
  expect([0, 1], run.output).toContain(run.code)
  const [study, ...others] = project.result(name).studies ?? []
  if (study === undefined || others.length > 0) throw new Error(`There is not one study: ${run.output}`)
  expect(study.state).toBe('ended')
  // A measurement as short as these may fall into a pause of the machine: then it has nothing.
  const answered = study.measurements.filter(({ metrics }) => (metrics['completed'] ?? 0) > 0)
  expect(answered.length).toBeGreaterThan(0)
  expect(answered.filter(({ metrics }) => metrics['errorRate'] !== 0)).toEqual([])
  return { ...study, measurements: answered }
}

const configurations = ({ points }: StudyResult): readonly unknown[] =>
  points.map(({ configuration }) => configuration)

it('triton-tuning: the plugin of the server gives the space, and a budget ends the search', async () => {
  const study = await tune('triton-tuning', '--budget', '2')
  expect(study.plan.settings?.map((path) => path.split('.').at(-1))).toEqual(['instances', 'maxBatchSize'])
  expect(study.points).toHaveLength(2)
  expect(study.notes).toContain('The search ended with its budget of 2 configurations.')
})

it('torchserve-tuning: a GPU that is not there is told, and the rule of thumb is measured', async () => {
  const args = ['--set', 'batch=1,4', '--set', 'workers=1', '--set', 'device=cpu,gpu']
  const study = await tune('torchserve-tuning', ...args)
  const onCpu = [1, 4].map((batch) => ({ device: 'cpu', workers: 1, batch }))
  expect(configurations(study).slice(0, 2)).toEqual(onCpu)
  for (const { configuration, metrics } of study.measurements)
    expect(metrics['items.throughput']).toBeCloseTo(
      Number(configuration['batch']) * (metrics['throughput'] ?? NaN),
      3,
    )
  if (missingGpu() !== false)
    expect(study.skipped).toEqual([{ reason: missingGpu(), count: 2, values: { device: 'gpu' } }])
})

it('tfserving-load: nodes are paid for by the month', async () => {
  const study = await tune('tfserving-load', 'nodes', '--set', 'threads=1')
  const nodes = availableParallelism() > 1 ? [1, 2] : [1]
  expect(configurations(study)).toEqual(nodes.map((count) => ({ nodes: count, threads: 1 })))
  for (const { configuration, currency, metrics } of study.measurements) {
    expect(currency).toBe('USD')
    const perHour = 0.02181159 + 2 * 0.00292353
    expect(metrics['cost.perMonth']).toBeCloseTo(24 * Number(configuration['nodes']) * perHour, 5)
  }
  const refused = await start('tune', 'tfserving-load', ['nodes', '--budget', '200ms'])
  expect([refused.code, refused.output]).toEqual([2, expect.stringContaining('is too small for the study')])
})

it('vespa: all threads at the loads of the article, from the lowest on', async () => {
  const study = await tune('vespa', 'budget', '-t', 'distilled')
  expect(study.plan.loads).toMatchObject({ vary: 'concurrency', values: [1, 2, 4] })
  const threads = configurations(study).map((at) => (at as { readonly threads: number }).threads)
  expect(threads).toEqual(study.plan.axes[0]?.values)
  for (const { load, purpose } of study.measurements)
    if (purpose !== 'confirm') expect(study.plan.loads?.values).toContain(load)
})
