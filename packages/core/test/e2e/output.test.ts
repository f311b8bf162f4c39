/** Where results go, what is in them, and what happens when they cannot be written. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  writeFileSync,
} from 'node:fs'
import { spawnSync } from 'node:child_process'
import { basename, join } from 'node:path'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import type { RunResult } from '../../src/report/result.ts'
import { runResultSchema } from '../../src/report/schema.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords } from './support/records.ts'

let server: TruthServer
beforeAll(async () => {
  server = await createTruthServer({ program: { service: '1ms' } })
})
afterAll(() => server[Symbol.asyncDispose]())

const BENCH = `
import { closed, constantRate, http, scenario } from 'servebench'
const target = http({ url: process.env.TARGET_URL })
scenario('steady', { target, load: constantRate({ rate: 300 }), slo: { responseTime: { max: '60s' } }, repeats: 2 })
scenario('left out', { skip: 'not today', target, load: closed({ concurrency: 1 }) })
`

describe('the results folder', () => {
  let project: E2eProject
  let run: CliResult
  let result: RunResult
  let folder: string
  beforeAll(async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH })
    const reporters = ['console', 'csv', 'markdown', 'junit', 'github'].flatMap((name) => [
      '--reporter',
      name,
    ])
    run = await servebench(project, ['--seed', 'my seed', ...reporters], {
      env: { TARGET_URL: server.url, GITHUB_STEP_SUMMARY: project.path('summary.md') },
    })
    folder = project.runs()[0] as string
    result = project.result()
  }, 60_000)
  afterAll(() => project[Symbol.dispose]())

  it('has its promised layout, ignores itself in git, and points to the newest run', () => {
    expect(run.code, run.output).toBe(0)
    expect(basename(folder)).toMatch(/^\d{8}T\d{6}Z-[a-z0-9]{4}$/)
    expect(readdirSync(folder).sort()).toEqual([
      'journal.ndjson',
      'junit.xml',
      'records',
      'report.md',
      'result.json',
      'trials',
      'trials.csv',
      'windows.csv',
    ])
    expect(readlinkSync(join(folder, '../latest'))).toBe(basename(folder))
    expect(readFileSync(join(folder, '../.gitignore'), 'utf8')).toBe('*\n')
    expect(readdirSync(join(folder, 'trials')).sort()).toEqual(
      result.trials.map(({ id }) => `${id}.json`).sort(),
    )
    for (const { id } of result.trials) expect(id).toMatch(/^[0-9a-f]{12}$/)
  })

  it('holds a result that keeps its schema, with plan, seed, versions, environment and definitions', () => {
    expect(runResultSchema.safeParse(result).error?.issues).toBeUndefined()
    expect(result).toMatchObject({
      schemaVersion: 1,
      run: {
        id: basename(folder),
        seed: 'my seed',
        command: expect.arrayContaining(['--seed', 'my seed']),
        environment: { os: { platform: process.platform }, cpu: { cores: expect.any(Number) } },
        versions: { servebench: expect.any(String) },
        exit: { code: 0, reasons: [] },
      },
      definitions: { throughput: expect.any(String), responseTime: expect.any(String) },
    })
    expect(result.cases).toHaveLength(2)
    expect(result.cases[0]).toMatchObject({
      path: ['steady'],
      pooled: { counts: { due: 180, completed: 180 } },
    })
    expect(result.cases[0]?.betweenRepeats['throughput']?.values).toHaveLength(2)
    expect(trialOf(result, 'left out')).toMatchObject({ state: 'skipped', error: { message: 'not today' } })
    expect(JSON.parse(readFileSync(join(folder, 'trials', `${result.trials[0]?.id}.json`), 'utf8'))).toEqual(
      result.trials[0],
    )
  })

  it('holds a journal of all that happened', () => {
    const lines = project.journal()
    expect(lines[0]).toMatchObject({ type: 'run', schemaVersion: 1, seed: 'my seed' })
    expect(lines.at(-1)).toMatchObject({ type: 'run-end', interrupted: false, error: null })
    const types = lines.map((line) => line.type)
    expect(types.filter((type) => type === 'plan')).toHaveLength(3)
    expect(types.filter((type) => type === 'trial-start')).toHaveLength(2)
    expect(types.filter((type) => type === 'trial-end')).toHaveLength(3)
    expect(types).toContain('window')
  })

  it('holds records and histograms that agree with the numbers', () => {
    const trial = trialOf(result, 'steady')
    const rows = population(readRecords(folder, trial))
    expect(rows).toHaveLength(90)
    const times = rows.map((row) => (row.completion as number) - row.intended).sort((a, b) => a - b)
    expect(trial.responseTime).toMatchObject({
      count: 90,
      method: 'exact',
      min: times[0],
      max: times[89],
      p50: times[44],
      p90: times[80],
      p99: times[89],
    })
    const histogram = decodeFromCompressedBase64(trial.responseTime.hdr as string)
    expect(histogram.totalCount).toBe(90)
    const p50 = histogram.getValueAtPercentile(50)
    expect(Math.abs(p50 - (times[44] as number)) / (times[44] as number)).toBeLessThan(0.002)
    expect(trial.records).toMatchObject({ complete: true, rows: readRecords(folder, trial).length })
  })

  it('holds what the reporters have made', () => {
    const csv = readFileSync(join(folder, 'trials.csv'), 'utf8').trim().split('\n')
    expect(csv).toHaveLength(4)
    expect(readFileSync(join(folder, 'windows.csv'), 'utf8').split('\n').length).toBeGreaterThan(2)
    const junit = readFileSync(join(folder, 'junit.xml'), 'utf8')
    expect(junit).toContain('tests="2" failures="0" errors="0" skipped="1"')
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain('steady')
    expect(readFileSync(project.path('summary.md'), 'utf8')).toContain('steady')
  })

  it('reports anew, from any of its names', async () => {
    for (const path of [[], ['servebench-results'], [folder], [join(folder, 'result.json')]]) {
      const again = await servebench(project, ['report', ...path, '--reporter', 'json'])
      expect(again.code, again.output).toBe(0)
      expect(JSON.parse(again.stdout)).toEqual(result)
    }
    const missing = await servebench(project, ['report', 'nowhere'])
    expect(missing.code).toBe(2)
    expect(missing.stderr).toContain('There is no result at')
  })
})

describe('--output', () => {
  it('starts in the working directory, the configured one in the folder of the configuration', async () => {
    using project = new E2eProject({ 'a.bench.ts': BENCH, 'sub/.keep': '' }, { output: 'out/configured' })
    const env = { TARGET_URL: server.url }
    const options = { env, directory: project.path('sub') }
    expect(
      (await servebench(project, ['--root', '..', '--config', '../servebench.config.json'], options)).code,
    ).toBe(0)
    expect(project.runs('out/configured')).toHaveLength(1)
    expect((await servebench(project, ['--root', '..', '--output', 'here'], options)).code).toBe(0)
    expect(project.runs('sub/here')).toHaveLength(1)
    expect((await servebench(project, ['report'], { env })).stdout).toContain('steady')
  })
})

describe('what cannot be written', () => {
  let project: E2eProject
  afterEach(() => project[Symbol.dispose]())

  it('an output folder that is a file, before anything is measured', async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH, results: 'a file' })
    const before = server.counters().requests
    const { code, stderr } = await servebench(project, ['--output', 'results'], {
      env: { TARGET_URL: server.url },
    })
    expect(code).toBe(2)
    expect(flat(stderr)).toMatch(
      /Results cannot be written to '.*results': a (part of the path is a file|file of that name is in the way)\./,
    )
    expect(stderr).toContain('--output')
    expect(server.counters().requests).toBe(before)
  })

  it.runIf(process.getuid?.() !== 0)('an output folder without permission', async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH })
    mkdirSync(project.path('locked'))
    chmodSync(project.path('locked'), 0o500)
    const { code, stderr } = await servebench(project, ['--output', 'locked/results'], {
      env: { TARGET_URL: server.url },
    })
    expect(code).toBe(2)
    expect(stderr).toContain('permission is denied')
  })

  it('a path where folders cannot be made', async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH })
    const { code, stderr } = await servebench(project, ['--output', '/proc/nowhere/results'], {
      env: { TARGET_URL: server.url },
    })
    expect(code).toBe(2)
    expect(stderr).toContain("Results cannot be written to '/proc/nowhere/results'")
  })

  it('a full disk from the start', async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH })
    // 8 blocks of 512 bytes per file: as much as a disk that is full leaves.
    const { code, stderr } = await servebench(project, [], {
      env: { TARGET_URL: server.url },
      shell: "trap '' XFSZ; ulimit -f 8",
    })
    expect(code).toBe(2)
    expect(flat(stderr)).toContain('Results cannot be written')
  })

  it('a disk that is full while it measures: nothing is lost', async () => {
    project = new E2eProject({ 'a.bench.ts': BENCH.replace('rate: 300', 'rate: 3000') })
    // The probe fits; records (over 200 KB) and the result do not.
    const run = await servebench(project, [], {
      env: { TARGET_URL: server.url },
      shell: "trap '' XFSZ; ulimit -f 160",
    })
    const fallback = readdirSync(project.temporary).find(
      (name) => name.startsWith('servebench-') && name !== 'servebench-runs',
    )
    const printed = run.stdout.split('\n').find((line) => line.startsWith('{"schemaVersion"'))
    const text =
      fallback === undefined
        ? printed
        : readFileSync(join(project.temporary, fallback, 'result.json'), 'utf8')
    const own = join(project.runs()[0] as string, 'result.json')
    const result = JSON.parse(existsSync(own) ? readFileSync(own, 'utf8') : (text as string)) as RunResult
    const trial = trialOf(result, 'steady')
    expect(trial.state).toBe('completed')
    expect(trial.counts.due).toBe(900)
    expect(trial.verdict.reasons).toContainEqual(
      expect.objectContaining({
        code: 'records',
        message: expect.stringContaining('the file would exceed the allowed size'),
      }),
    )
    expect(trial.records?.complete ?? false).toBe(false)
    expect([0, 1]).toContain(run.code)
  })
})

/** A tmpfs of 300 KiB, mounted in a namespace of its own where that is allowed. */
const canMount = spawnSync('unshare', ['-rm', 'true']).status === 0

it.runIf(canMount)(
  'a real disk that fills up: the run ends with its numbers and says where they are',
  async () => {
    using project = new E2eProject({ 'a.bench.ts': BENCH.replace('rate: 300', 'rate: 3000') })
    mkdirSync(project.path('disk'))
    writeFileSync(
      project.path('mount.sh'),
      `mount -t tmpfs -o size=300k none "$1" || exit 99; shift; "$@"; code=$?; cp -r "$MOUNTED" "$MOUNTED.copy"; exit $code`,
    )
    const run = await servebench(project, ['--output', 'disk/results'], {
      env: { TARGET_URL: server.url, MOUNTED: project.path('disk') },
      shell: `set -- unshare -rm /bin/sh ${project.path('mount.sh')} ${project.path('disk')} "$@"`,
    })
    expect(run.code, run.output).toBeLessThan(4)
    expect(flat(run.output)).toContain('the disk is full')
    const where = /it is in (\S+\/result\.json)/.exec(flat(run.output))?.[1]
    const own = readdirSync(project.path('disk.copy/results')).find((name) => name.startsWith('2'))
    const path = where ?? project.path('disk.copy/results', own as string, 'result.json')
    const result = JSON.parse(readFileSync(path, 'utf8')) as RunResult
    expect(trialOf(result, 'steady', {}, 0).counts.due).toBe(900)
    expect(trialOf(result, 'steady', {}, 1).counts.due).toBe(900)
  },
)
