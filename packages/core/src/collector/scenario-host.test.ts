import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { SECOND } from '../units/nanos.ts'
import { collect, type CollectOptions } from './collector.ts'
import { deferScenario, openScenario, type ScenarioHostOptions } from './scenario-host.ts'

const HEAD = `import { appendFileSync } from 'node:fs'
import { scenario, closed, inline } from 'servebench'
const log = (line: string) => appendFileSync(new URL('./log.txt', import.meta.url), line + '\\n')
const target = inline((text: string) => text)
`

interface Host {
  readonly project: TemporaryProject
  readonly open: (options?: Partial<ScenarioHostOptions>) => ReturnType<typeof openScenario>
  /** Lines that the bench file has logged. */
  readonly log: () => string[]
}

/** Collects the one scenario of a bench file that has a `setup`. */
async function host(project: TemporaryProject, text: string): Promise<Host> {
  project.write({ 'a.bench.ts': HEAD + text, 'log.txt': '' })
  const request = {
    root: project.root,
    defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
    filter: {},
  }
  const options: CollectOptions = { ...request, timeout: 10 * SECOND, print: () => undefined }
  const { scenarios, problems } = await collect([project.path('a.bench.ts')], options)
  expect(problems).toEqual([])
  const [scenario] = scenarios
  if (scenario === undefined) throw new Error('nothing was collected')
  return {
    project,
    open: (others = {}) => openScenario(scenario, { ...request, print: () => undefined, ...others }),
    log: () =>
      readFileSync(project.path('log.txt'), 'utf8')
        .split('\n')
        .filter((line) => line !== ''),
  }
}

describe('openScenario', () => {
  it('plans the cases with what setup returned, and undoes it last first', async () => {
    using project = temporaryProject()
    const { open, log } = await host(
      project,
      `scenario('x', {
        matrix: { n: [1, 2] },
        setup: async ({ defer }) => {
          log('setup')
          defer(() => log('first'))
          defer(async () => { await null; log('second') })
          return { sizes: [10, 20] }
        },
        target,
        input: ({ n }, { sizes }) => sizes[n - 1],
        load: ({ n }, { sizes }) => closed({ concurrency: sizes.length * n }),
        check: (response, at, setup) => response === setup.sizes[0],
      } as never)`,
    )
    const opened = await open()
    expect(
      opened.cases.map(({ trial }) => [
        trial.case,
        trial.streams['main']?.load,
        trial.streams['main']?.input,
      ]),
    ).toMatchObject([
      [{ n: 1 }, { concurrency: 2 }, { value: 10 }],
      [{ n: 2 }, { concurrency: 4 }, { value: 20 }],
    ])
    expect(opened.cases[0]?.trial.setup).toEqual({ sizes: [10, 20] })
    expect(opened.cases[0]?.trial.streams['main']?.check).toMatchObject({
      option: 'check',
      setup: { sizes: [10, 20] },
    })
    expect(log()).toEqual(['setup'])
    await opened.close()
    expect(log()).toEqual(['setup', 'second', 'first'])
  })

  it('keeps what setup started alive until it is closed', async () => {
    using project = temporaryProject()
    const { open } = await host(
      project,
      `import { createServer } from 'node:http'
      scenario('x', {
        setup: async ({ defer }) => {
          const server = createServer((request, response) => response.end('alive'))
          await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
          defer(() => new Promise((done) => server.close(done)))
          return { port: (server.address() as { port: number }).port }
        },
        target, input: (_at, { port }) => String(port), load: closed({ concurrency: 1 }),
      })`,
    )
    const opened = await open()
    const input = opened.cases[0]?.trial.streams['main']?.input as { value: string }
    const url = `http://127.0.0.1:${input.value}`
    expect(await (await fetch(url)).text()).toBe('alive')
    await opened.close()
    await expect(fetch(url)).rejects.toThrow('fetch failed')
  })

  it('undoes what was set up when setup fails later', async () => {
    using project = temporaryProject()
    const { open, log } = await host(
      project,
      `scenario('x', {
        setup: ({ defer }) => {
          defer(() => log('undone'))
          defer(() => { throw new Error('cleanup too') })
          throw new Error('no database')
        },
        target, load: closed({ concurrency: 1 }),
      })`,
    )
    await expect(open()).rejects.toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_BENCH_FILE',
        message: expect.stringMatching(
          /a\.bench\.ts:9:\d+\nIn scenario 'x' setup threw: Error: no database[\s\S]+what setup deferred threw: Error: cleanup too/,
        ),
      }),
    )
    expect(log()).toEqual(['undone'])
  })

  it('undoes what was set up when a case cannot be planned', async () => {
    using project = temporaryProject()
    const { open, log } = await host(
      project,
      `scenario('x', { setup: ({ defer }) => { defer(() => log('undone')); return { n: 0 } }, target, load: (_at, { n }) => closed({ concurrency: n }) })`,
    )
    await expect(open()).rejects.toThrow(
      'load.concurrency: expected a whole number from 1 to 1000000, not 0.',
    )
    expect(log()).toEqual(['undone'])
  })

  it('refuses data that cannot leave the thread', async () => {
    using project = temporaryProject()
    const { open } = await host(
      project,
      `scenario('x', { setup: () => ({ client: new Map() }), target, load: closed({ concurrency: 1 }) })`,
    )
    await expect(open()).rejects.toThrow('setup.client: a Map is not plain data')
  })

  it('aborts a setup, and undoes what it had set up', async () => {
    using project = temporaryProject()
    const { open, log } = await host(
      project,
      `scenario('x', {
        setup: async ({ defer, signal }) => {
          defer(() => log('undone'))
          log('waiting')
          await new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(new Error('given up'))))
        },
        target, load: closed({ concurrency: 1 }),
      })`,
    )
    const controller = new AbortController()
    const opening = open({ signal: controller.signal })
    opening.catch(() => undefined)
    await expect.poll(log, { timeout: 10_000 }).toEqual(['waiting'])
    controller.abort()
    await expect(opening).rejects.toThrow('given up')
    expect(log()).toEqual(['waiting', 'undone'])
  })

  it('gives up a setup that never ends, and one that ignores its abortion', async () => {
    using project = temporaryProject()
    const { open, log } = await host(
      project,
      `scenario('x', { setup: async () => { log('waiting'); for (;;) {} }, target, load: closed({ concurrency: 1 }) })`,
    )
    await expect(open({ setupTimeout: 1 * SECOND })).rejects.toThrow(
      "Scenario 'x' did not finish setup within 1.00 s.",
    )
    project.write({ 'log.txt': '' })
    const controller = new AbortController()
    const opening = open({ signal: controller.signal, closeTimeout: 0.2 * SECOND })
    opening.catch(() => undefined)
    await expect.poll(log, { timeout: 10_000 }).toEqual(['waiting'])
    controller.abort()
    await expect(opening).rejects.toThrow("Scenario 'x' went on after it was aborted.")
  })

  it('tells when the thread ends by itself', async () => {
    using project = temporaryProject()
    const { open } = await host(
      project,
      `scenario('x', { setup: () => process.exit(7), target, load: closed({ concurrency: 1 }) })`,
    )
    await expect(open()).rejects.toThrow('its thread ended by itself (exit code 7)')
  })

  it('refuses a file that has changed in the meantime', async () => {
    using project = temporaryProject()
    const text = `scenario('x', { setup: () => ({}), target, load: closed({ concurrency: 1 }) })`
    const { open } = await host(project, text)
    project.write({ 'a.bench.ts': `${HEAD}${text}\n// edited` })
    await expect(open()).rejects.toThrow('a.bench.ts has changed since it was collected')
  })

  it('does not set up what is skipped', async () => {
    using project = temporaryProject({
      'a.bench.ts': `${HEAD}scenario('x', { skip: 'no GPU', setup: () => { throw new Error('set up') }, target, load: closed({ concurrency: 1 }) })`,
    })
    const request = {
      root: project.root,
      defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
      filter: {},
    }
    const { scenarios } = await collect([project.path('a.bench.ts')], { ...request, timeout: 10 * SECOND })
    const [scenario] = scenarios
    if (scenario === undefined) throw new Error('nothing was collected')
    expect(scenario.deferred?.skip).toBe('no GPU')
    const deferred = deferScenario(scenario, request)
    expect(deferred.trials).toBe(0)
    expect((await deferred.open()).cases).toEqual([])
  })

  it('is what a planner defers', async () => {
    using project = temporaryProject()
    const { open } = await host(
      project,
      `scenario('x', { matrix: { n: [1, 2] }, repeats: 3, setup: () => undefined, target, load: closed({ concurrency: 1 }) })`,
    )
    const opened = await open()
    expect(opened.cases.map((planned) => planned.repeats)).toEqual([3, 3])
    await opened.close()
    const scenario = {
      file: 'a.bench.ts',
      path: ['x'],
      line: 1,
      digest: '',
      tags: [],
      only: false,
      cases: [],
      deferred: { cases: [{ n: 1 }, { n: 2 }], repeats: 3, skip: null },
    }
    expect(
      deferScenario(scenario, {
        root: project.root,
        defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
        filter: {},
      }),
    ).toMatchObject({ file: 'a.bench.ts', path: ['x'], trials: 6 })
  })
})
