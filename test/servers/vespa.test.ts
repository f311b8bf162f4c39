import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { onnxModel, plugin as models } from '../../packages/plugin-models/src/index.ts'
import {
  plugin,
  vespaMetrics,
  vespaModel,
  vespaSearch,
  vespaServer,
} from '../../packages/plugin-vespa/src/index.ts'
import type {
  VespaLaunchOptions,
  VespaModelOptions,
  VespaModelResponse,
  VespaSearchOptions,
  VespaSearchResponse,
} from '../../packages/plugin-vespa/src/index.ts'
import { createSampler } from '../../packages/plugin-vespa/src/sampler.ts'
import { FailureKind, failureName } from 'servebench/session'
import {
  applyPlugins,
  checkServer,
  checkTarget,
  connectTarget,
  launchServer,
  openTarget,
} from 'servebench/testing'
import type { LaunchedServer } from 'servebench/testing'
import { install, serverFiles } from './support/install.ts'
import { expectCounted } from './support/kill.ts'
import { Project } from './support/project.ts'

const ROW = [1, 2, 3, 4, 5, 6, 7, 8]
const mlp = onnxModel({ family: 'mlp', layers: 2, width: 16, inputs: 8, outputs: 4, seed: 1 })

let installed: string
const launch = (options: VespaLaunchOptions): Promise<LaunchedServer> =>
  launchServer(
    plugin,
    vespaServer({
      jars: join(installed, 'lib'),
      classpath: [join(installed, 'classes')],
      application: join(serverFiles('vespa'), 'application'),
      ...options,
    }),
    { plugins: [models] },
  )
/** Of ONNX Runtime's pools there is no other sign. */
const threadsOf = ({ server }: LaunchedServer): number =>
  readdirSync(`/proc/${server.process?.pid}/task`).length

let launched: LaunchedServer
let url: string
beforeAll(async () => {
  installed = install('vespa')
  launched = await launch({ models: { mlp: { file: mlp, intraOpThreads: 1, executionMode: 'sequential' } } })
  url = launched.server.endpoints['http'] as string
})
afterAll(async () => {
  await launched?.[Symbol.asyncDispose]()
})

async function search(options: VespaSearchOptions, ...requests: readonly unknown[]) {
  const reference = await connectTarget(plugin, vespaSearch({ url, ...options }))
  await using target = await openTarget<VespaSearchResponse>(reference, requests)
  const answers = []
  for (const index of requests.keys()) {
    const { kind, code, response, stages } = await target.ask(index)
    answers.push({ failure: kind === FailureKind.none ? null : failureName(kind, code), response, stages })
  }
  return answers
}

async function evaluate(options: Partial<VespaModelOptions>, inputs: object) {
  const reference = await connectTarget(plugin, vespaModel({ url, model: 'mlp', ...options }))
  await using target = await openTarget<VespaModelResponse>(reference, [{ inputs }])
  const { kind, code, response } = await target.ask()
  return {
    failure: kind === FailureKind.none ? null : failureName(kind, code),
    tensor: response?.tensor ?? null,
  }
}

it('keeps the contract of servers', async () => {
  const { held, skipped } = await checkServer(launched.server)
  expect(held).toContain('metadata is plain data, and names each version of a model once')
  expect(skipped).toContain('statistics are totals that never go down')
  expect(await launched.server.control?.metadata()).toMatchObject({
    name: 'Vespa',
    version: '8.700.24',
    models: [{ name: 'mlp', state: 'READY' }],
  })
})

it('keeps the contract of targets, for both', async () => {
  await checkTarget(await connectTarget(plugin, vespaSearch({ url })), {
    request: { query: { query: 'tea', hits: 2 } },
    accept: (response) => (response as VespaSearchResponse).hits.length === 2,
    failing: { request: { query: { query: 'tea', error: 12, partial: true } }, failure: 'application-12' },
    slow: { query: { sleep: 8000 } },
  })
  await checkTarget(await connectTarget(plugin, vespaModel({ url, model: 'mlp' })), {
    request: { inputs: { input: { data: ROW } } },
    accept: (response) => (response as VespaModelResponse).tensor.data.length === 4,
    failing: { request: { inputs: { input: '[[1,2]]' } }, failure: 'http-400' },
  })
})

describe('search', () => {
  it.each(['GET', 'POST'] as const)('answers by %s', async (method) => {
    const [answer] = await search(
      { method, benchmarkData: true, query: { hits: 2 } },
      { query: { query: 'tea & é', covered: 500, sleep: 30, presentation: { timing: true } } },
    )
    expect(answer?.response).toMatchObject({
      totalCount: 100,
      hits: [{ id: 'doc:0', relevance: 1, fields: { text: 'tea & é' } }, { id: 'doc:1' }],
      coverage: { coverage: 50, documents: 500, full: false, degraded: ['timeout'] },
      benchmark: { totalHits: 100, hits: 2, errors: 0, documentsSearched: 500, nodesSearched: 1 },
    })
    const { timing, benchmark } = (answer as { response: VespaSearchResponse }).response
    expect(timing?.search).toBeGreaterThanOrEqual(0.029)
    expect(benchmark?.searchTime).toBeGreaterThanOrEqual(29)
    expect(answer?.stages).toEqual([{ stage: 1, nanos: (benchmark?.searchTime as number) * 1e6 }])
  })

  it('fails with the code of an error, whatever the status', async () => {
    const tricky = 'x","errors":[{"code":7}],"y\\":"'
    const answers = await search(
      {},
      { query: { query: tricky, error: 12, partial: true } },
      { query: { query: tricky, error: 12 } },
      { query: { query: tricky, error: 8, partial: true } },
      { query: { query: tricky, crash: true } },
      { query: { query: tricky, hits: 1000 } },
      { query: { query: tricky, searchChain: 'nosuch' } },
      { query: { query: tricky, hits: 3 } },
    )
    expect(answers.map(({ failure }) => failure)).toEqual([
      'application-12',
      'application-12',
      'application-8',
      'application-5',
      'application-3',
      'application-4',
      null,
    ])
    const [benchmarked] = await search({ benchmarkData: true }, { query: { error: 8, partial: true } })
    expect(benchmarked?.failure).toBe('application-8')
    const [lost] = await search({ url: `${url}/nothing` }, {})
    expect(lost?.failure).toBe('http-404')
  })
})

describe('model evaluation', () => {
  it('answers the same in all forms', async () => {
    const data = Float32Array.from([...ROW, ...ROW.map((value) => value / 3)])
    const { tensor } = await evaluate({}, { input: { data } })
    expect(tensor).toMatchObject({ type: 'tensor<float>(d0[2],d1[4])', shape: [2, 4] })
    // Softmax: each row sums to 1.
    const sums = [0, 4].map((start) =>
      [...(tensor?.data.slice(start, start + 4) ?? [])].reduce((a, b) => a + b),
    )
    expect(sums).toEqual([expect.closeTo(1, 5), expect.closeTo(1, 5)])
    for (const method of ['POST', 'GET'] as const) {
      for (const literals of ['nested', 'cells'] as const) {
        for (const answer of ['values', 'cells'] as const)
          expect((await evaluate({ method, literals, answer }, { input: { data } })).tensor).toEqual(tensor)
      }
    }
  })

  it('takes megabytes as a form', async () => {
    const rows = 20_000
    const { tensor } = await evaluate({}, { input: { data: new Float32Array(8 * rows).fill(0.123456) } })
    expect(tensor?.shape).toEqual([rows, 4])
  })

  it('refuses what is not there before the load', async () => {
    await expect(evaluate({ model: 'nosuch' }, {})).rejects.toThrow(
      /No model named 'nosuch'\. Available models: mlp/,
    )
    await expect(evaluate({ function: 'nosuch' }, {})).rejects.toThrow(/which has output/)
  })
})

it('has gauges', async () => {
  const hooks = await applyPlugins([plugin], '.')
  const { kind, options } = vespaMetrics({ url })
  const context = { server: null, processes: [], root: '.' }
  const reference = await hooks.createSampler.for(kind).promise({ kind, package: '', options }, context)
  const sampler = await createSampler(reference?.options ?? null, {
    root: '.',
    warn: () => {},
    file: () => null,
  })
  const into = new Float64Array(sampler.gauges.length)
  // Values are there some seconds after the start.
  await expect
    .poll(
      async () => {
        into.fill(NaN)
        await sampler.read(into, 0)
        return sampler.gauges.filter((_, index) => Number.isNaN(into[index])).map(({ name }) => name)
      },
      { timeout: 60_000, interval: 1000 },
    )
    .toEqual([])
})

describe('launching', () => {
  it('gives ONNX Runtime its threads, and leaves nothing behind', async () => {
    // The model is opened with its first evaluation or before; one makes sure of it.
    const warm = async (of: LaunchedServer): Promise<number> => {
      await evaluate({ url: of.server.endpoints['http'] as string }, { input: { data: ROW } })
      return threadsOf(of)
    }
    const few = await warm(launched)
    const many = await launch({
      models: { mlp: { file: mlp, intraOpThreads: 9, interOpThreads: 1, executionMode: 'parallel' } },
    })
    const pid = many.server.process?.pid as number
    expect(await warm(many)).toBeGreaterThanOrEqual(few + 6)
    await many[Symbol.asyncDispose]()
    expect(existsSync(`/proc/${pid}`)).toBe(false)
  })

  it('says what the container said when it cannot start', async () => {
    const broken = join(serverFiles('vespa'), 'install.sh')
    await expect(launch({ models: { broken } })).rejects.toThrow(/ended with code 1/)
  })
})

// The last one: there is no server any more.
it('every search is counted when the container is killed', async () => {
  using project = new Project(`
import { constantRate, scenario } from 'servebench'
import { vespaSearch } from '@servebench/plugin-vespa'

scenario('killed', {
  target: vespaSearch({ url: '${url}' }),
  input: { query: { query: 'tea' } },
  load: constantRate({ rate: 50 }),
  timeout: '1s',
})
`)
  await expectCounted(project, () => process.kill(launched.server.process?.pid as number, 'SIGKILL'))
  await expect(launched.server.control?.health()).resolves.toEqual({ live: false, ready: false })
  await expect(connectTarget(plugin, vespaSearch({ url }))).rejects.toThrow('Nothing listens')
})
