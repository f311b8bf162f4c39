import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { plannedStudy, simulate } from '../../test/support/study.ts'
import type { ConfigurationContext, ServerTuning } from '../hooks/tuning.ts'
import { createHooks } from '../hooks/hooks.ts'
import type { ServerPlan } from '../plan/trial-plan.ts'
import type { StudyResult } from '../report/study/study-result.ts'
import { foundPoints, writeConfigurations } from './study-configurations.ts'
import { redactServer } from './redact-plan.ts'

const RUN = '20261122T044200Z-abcd'
let results: string
beforeEach(() => {
  results = mkdtempSync(join(tmpdir(), 'servebench-configurations-'))
  mkdirSync(join(results, RUN))
})
afterEach(() => rmSync(results, { recursive: true }))

const serverOf = (values: Readonly<Record<string, unknown>>): ServerPlan => ({
  kind: 'fake',
  package: 'fake',
  launch: { env: { API_TOKEN: 'geheim' } },
  state: { instances: Number(values['instances']), batch: Number(values['batch'] ?? 1) },
})

/** Two instances are twice as fast. */
async function studied(
  options: Record<string, unknown> = {},
  server: (values: Readonly<Record<string, unknown>>) => ServerPlan = serverOf,
): Promise<StudyResult> {
  const study = plannedStudy(
    {
      space: { instances: [1, 2], batch: 8 },
      loads: { concurrency: [4] },
      confirm: { rounds: 0 },
      ...options,
    },
    (at) => redactServer(server(at)),
  )
  const { result } = await simulate(study, ({ instances }) => ({
    throughput: 100 * Number(instances),
    latency: 1e6,
  }))
  return result
}

async function write(study: StudyResult, tuning: Partial<ServerTuning> | null, points = foundPoints(study)) {
  const hooks = createHooks()
  if (tuning !== null)
    hooks.tune.for('fake').tapPromise('fake', async () => ({ apply: (server) => server, ...tuning }))
  return writeConfigurations(study, points, {
    directory: join(results, RUN),
    plugins: { hooks, loadProvider: async () => {} },
    artifacts: {
      build: () => {
        throw new Error('No artifact is expected.')
      },
    },
    root: '/',
    several: false,
  })
}

const rendering: Partial<ServerTuning> = {
  instructions: 'Put it there.',
  configuration: async ({ state, launch }) => [
    {
      path: 'm/config.txt',
      text: `instances: ${Number(state['instances'])}\nbatch: ${Number(state['batch'])}\n`,
    },
    { path: 'server.env', text: `API_TOKEN=${(launch['env'] as Record<string, string>)['API_TOKEN']}\n` },
  ],
}

describe('configurations of a study', () => {
  it('are files, and a patch that leads from the default to the best', async () => {
    const study = await studied()
    const [present, best, ...others] = await write(study, rendering)
    expect(others).toEqual([])
    expect(present).toMatchObject({ role: 'baseline', name: 'instances=1', patch: null, diff: null })
    expect(best).toMatchObject({
      point: study.best[0],
      role: 'best',
      directory: 'configurations/instances=2',
      files: ['m/config.txt', 'server.env'],
      patch: 'configurations/instances=2.patch',
      problem: null,
    })
    const folder = join(results, RUN)
    expect(readFileSync(join(folder, best?.directory ?? '', 'm/config.txt'), 'utf8')).toBe(
      'instances: 2\nbatch: 8\n',
    )
    // What another program makes of it is the proof.
    const copy = join(results, 'copy')
    cpSync(join(folder, present?.directory ?? ''), copy, { recursive: true })
    execFileSync('git', ['apply', join(folder, best?.patch ?? '')], { cwd: copy })
    expect(readFileSync(join(copy, 'm/config.txt'), 'utf8')).toBe('instances: 2\nbatch: 8\n')
    expect(best?.diff).toBe(readFileSync(join(folder, best?.patch ?? ''), 'utf8'))
  })

  it('hold no secrets, and say where they belong', async () => {
    const configurations = await write(await studied(), rendering)
    expect(readFileSync(join(results, RUN, 'configurations/instances=2/server.env'), 'utf8')).toBe(
      'API_TOKEN=[redacted]\n',
    )
    expect(JSON.stringify(configurations)).not.toContain('geheim')
    expect(configurations[1]?.apply).toBe('Put it there. Put your secrets in the place of [redacted].')
  })

  it('say what no file of the server can hold', async () => {
    const study = await studied({}, (values) => ({
      ...serverOf(values),
      ...(values['instances'] === 2
        ? { limits: { cpus: '2', memory: null }, replicas: { count: 3, policy: 'roundRobin' } }
        : {}),
    }))
    const [, best] = await write(study, rendering)
    expect(best?.apply).toContain('In no file: replicas 1 → 3, cpus unlimited → 2.')
  })

  it('tell why there are none', async () => {
    const study = await studied()
    const why = async (tuning: Partial<ServerTuning> | null) =>
      (await write(study, tuning)).map(({ problem }) => problem)
    expect(await why(null)).toEqual(
      Array(2).fill("Nothing writes the configuration of servers of the kind 'fake'."),
    )
    expect(await why({ configuration: async () => [] })).toEqual(
      Array(2).fill('It sets nothing that stands in a file.'),
    )
    expect(
      await why({
        configuration: async () => {
          throw new Error('The model is gone.')
        },
      }),
    ).toEqual(Array(2).fill(expect.stringContaining('The model is gone.')))
    expect(existsSync(join(results, RUN, 'configurations'))).toBe(false)
  })

  it('are nothing where nothing is served by us', async () => {
    const study = await studied()
    const points = study.points.map(({ server: _server, ...point }) => point)
    expect(await write({ ...study, points }, rendering)).toEqual([])
  })

  it('stay in their folder, whatever a plugin calls its files', async () => {
    const bad = { configuration: async () => [{ path: '../../../escaped', text: '' }] }
    await expect(write(await studied(), bad)).rejects.toMatchObject({ code: 'SERVEBENCH_WRITE' })
    expect(existsSync(join(results, 'escaped'))).toBe(false)
  })

  it('have names that every file system takes', async () => {
    const names = ['a/b:c*', '../x', 'a?b|c*']
    const study = await studied({ space: { instances: [1, 2], path: names } })
    const written = await write(
      study,
      rendering,
      study.points.map(({ id }) => id),
    )
    const folders = written.map(({ directory }) => directory ?? '')
    expect(new Set(folders).size).toBe(6)
    for (const folder of folders)
      expect(folder).toMatch(/^configurations\/instances=\d,path=[\w.-]+-[0-9a-f]{6}$/)
  })

  it('get what the server said while a point was measured, in this run or an earlier one', async () => {
    const study = await studied()
    const earlier = '20261121T044200Z-abcd'
    const measurements = study.measurements.map((one, index) => ({
      ...one,
      run: index === 0 ? RUN : earlier,
      trial: `00000000000${index}`,
    }))
    for (const [index, run] of [RUN, earlier].entries()) {
      mkdirSync(join(results, run, 'trials'), { recursive: true })
      const trial = { server: { effectiveConfig: { said: run } } }
      writeFileSync(join(results, run, 'trials', `00000000000${index}.json`), JSON.stringify(trial))
    }
    const seen: ConfigurationContext['effective'][] = []
    const tuning: Partial<ServerTuning> = {
      configuration: async (_, { effective }) => {
        seen.push(effective)
        return []
      },
    }
    await write({ ...study, measurements }, tuning)
    expect(seen).toEqual([{ said: RUN }, { said: earlier }])
    // Results are data: a run that is named like a path is not looked for.
    await write({ ...study, measurements: measurements.map((one) => ({ ...one, run: '../x' })) }, tuning)
    expect(seen.slice(2)).toEqual([undefined, undefined])
  })
})
