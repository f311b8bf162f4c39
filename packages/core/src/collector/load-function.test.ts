import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { functionReference, isFunctionReference } from '../plan/function-references.ts'
import type { FunctionReference, StreamPlan, TrialPlan } from '../plan/trial-plan.ts'
import { SECOND } from '../units/nanos.ts'
import { collect } from './collector.ts'

const BENCH = `import { scenario, closed, stages, inline, generate, stream, describe } from 'servebench'
enum Weight { two = 2 }
describe('group', { check: (_response, at) => at.batch === 0 }, () => {
  scenario('x', {
    matrix: { batch: [1, 8] },
    target: ({ batch }) => inline(async (n: number, { signal }) => (signal.aborted ? -1 : n * batch * Weight.two)),
    input: generate(({ index }) => index + 100),
    load: ({ batch }) => stages([{ load: closed({ concurrency: 1, thinkTime: (random) => \`\${random.next() * batch}ms\` }), duration: '1s' }]),
    check: (response, at) => response === at.batch,
  })
})
scenario('literal', { target: inline((bytes: Uint8Array) => bytes.length), input: new Uint8Array([1, 2, 3]), load: closed({ concurrency: 1 }) })
scenario('streams', {
  matrix: { n: [5] },
  streams: ({ n }) => ({
    a: stream({ target: inline((x: number) => x), input: generate(() => n), load: closed({ concurrency: 1, thinkTime: () => '3ms' }), check: (r) => r === n }),
  }),
})
`

/** Loads functions in a process of its own, as a worker would, and prints what they return. */
async function load(root: string, references: readonly FunctionReference[], calls: string): Promise<unknown> {
  const script = `
    import { loadFunction } from ${JSON.stringify(new URL('./load-function.ts', import.meta.url).href)}
    const references = ${JSON.stringify(references)}
    const f = await Promise.all(references.map((reference) => loadFunction(reference, ${JSON.stringify(root)})))
    console.log(JSON.stringify(await (async () => (${calls}))()))
  `
  const { stdout } = await promisify(execFile)(process.execPath, [
    '--conditions=servebench-source',
    '--input-type=module',
    '-e',
    script,
  ])
  return JSON.parse(stdout)
}

async function plans(root: string, file: string): Promise<readonly TrialPlan[]> {
  const { scenarios, problems } = await collect([file], {
    root,
    defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
    filter: {},
    timeout: 10 * SECOND,
  })
  expect(problems).toEqual([])
  return scenarios.flatMap((scenario) => scenario.cases.map((planned) => planned.trial as TrialPlan))
}

function inputReference(stream: StreamPlan | undefined): FunctionReference {
  if (stream?.input.from !== 'function') throw new Error('the input is no function')
  return stream.input.reference
}

function referenceOf(plan: TrialPlan | undefined, option: string): FunctionReference {
  if (plan === undefined) throw new Error('no plan')
  return functionReference(plan, option)
}

describe('loadFunction', () => {
  it('finds what a study scores answers by', async () => {
    using project = temporaryProject({
      'q.bench.ts': `import { study, closed, inline, generate, labelled } from 'servebench'
const labels = Array.from({ length: 9000 }, (_, index) => index % 10)
study('q', {
  space: { n: [2, 3] },
  target: inline(async (x: number) => x),
  input: 1,
  load: closed({ concurrency: 1 }),
  quality: ({ n }) => labelled({
    input: generate(({ index }) => index * n),
    labels,
    metric: (response: number, label) => (response === n * Number(label) ? 1 : 0),
  }),
})`,
    })
    const { scenarios, problems } = await collect([project.path('q.bench.ts')], {
      root: project.root,
      defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
      filter: {},
      timeout: 10 * SECOND,
    })
    expect(problems).toEqual([])
    const quality = scenarios[0]?.cases[1]?.study?.quality
    if (quality == null || typeof quality === 'number') throw new Error('There is nothing to find out.')
    const { input, labels, metric } = quality
    if (input?.from !== 'function') throw new Error('The input is no function.')
    const references = [input.reference, labels, metric] as FunctionReference[]
    expect(
      await load(project.root, references, '[f[0]({ index: 4 }), f[1]().length, f[2](12, 4), f[2](8, 4)]'),
    ).toEqual([12, 9000, 1, 0])
  })

  it('finds every function that a plan names, bound to its case', async () => {
    using project = temporaryProject({ 'a.bench.ts': BENCH })
    const [one, eight, literal, streams] = await plans(project.root, project.path('a.bench.ts'))
    const main = eight?.streams['main']
    const think =
      main?.load.loop === 'stages' && main.load.stages[0]?.load.loop === 'closed'
        ? main.load.stages[0].load.thinkTime
        : undefined
    expect(think).toEqual({ kind: 'function', option: 'load.stages.0.load.thinkTime' })
    const call = main?.target.options['call']
    expect(isFunctionReference(call)).toBe(true)
    const streamLoad = streams?.streams['a']?.load
    expect(streamLoad?.loop === 'closed' && streamLoad.thinkTime).toEqual({
      kind: 'function',
      option: 'streams.a.load.thinkTime',
    })
    const references = [
      call as unknown as FunctionReference,
      main?.check as FunctionReference,
      inputReference(main),
      referenceOf(eight, 'load.stages.0.load.thinkTime'),
      one?.streams['main']?.check as FunctionReference,
      inputReference(literal?.streams['main']),
      streams?.streams['a']?.check as FunctionReference,
      inputReference(streams?.streams['a']),
      referenceOf(streams, 'streams.a.load.thinkTime'),
    ]
    const results = await load(
      project.root,
      references,
      `[await f[0](3, { signal: AbortSignal.timeout(1000) }), f[1](8), f[1](1), f[2]({ index: 5 }), f[3]({ next: () => 0.5 }), f[4](1), [...f[5]()], f[6](5), f[7]({}), f[8]()]`,
    )
    expect(results).toEqual([48, true, false, 105, '4ms', true, [1, 2, 3], true, 5, '3ms'])
  })

  it('refuses a file that has changed, and a function that is not there', async () => {
    using project = temporaryProject({ 'a.bench.ts': BENCH })
    const [plan] = await plans(project.root, project.path('a.bench.ts'))
    const reference = plan?.streams['main']?.check as FunctionReference
    await expect(load(project.root, [{ ...reference, option: 'load.thinkTime' }], 'null')).rejects.toThrow(
      "There is no function in 'load.thinkTime' of scenario 'group > x'",
    )
    project.write({ 'a.bench.ts': `${BENCH}// edited` })
    await expect(load(project.root, [reference], 'null')).rejects.toThrow(
      'a.bench.ts has changed since it was collected',
    )
  })
})
