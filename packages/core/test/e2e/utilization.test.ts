/** Loads that follow a gauge, through the built command: a server that burns CPU, and samplers that say what they are told. */
import { spawn, type ChildProcess } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ControlReport, RunResult, Trial } from '../../src/report/result.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'

/** Two milliseconds of CPU for each request. */
const SERVER = `
const { createServer } = require('node:http')
const server = createServer((request, response) => {
  const until = performance.now() + 2
  while (performance.now() < until);
  response.end('done')
})
server.listen(0, '127.0.0.1', () => console.log(server.address().port))`

const BENCH = `
import { describe, hostSampler, http, scenario, utilization } from 'servebench'
describe('follows', { target: http({ url: process.env.TARGET_URL }), duration: '2s' }, () => {
  scenario('cpu', {
    samplers: [hostSampler({ period: '50ms' })],
    workers: 2,
    load: utilization({ of: 'server.cpu.cores', target: 0.3, tolerance: 0.1, vary: 'concurrency', max: 6, thinkTime: '20ms', period: '300ms', within: '8s' }),
  })
  const says = { samplers: [{ kind: 'says', package: './says/plugin.ts', options: { value: 0.5, reads: 1e9 } }] }
  scenario('there at once', { ...says, load: utilization({ of: 'says.utilization', target: 0.5, vary: 'rate', max: 64, from: 20, period: '100ms' }) })
  scenario('misspelt', { ...says, load: utilization({ of: 'says.utilisation', target: 0.5, vary: 'rate', max: 64 }) })
  scenario('dies', {
    samplers: [{ kind: 'says', package: './says/plugin.ts', options: { value: 0.1, reads: 30 } }],
    load: utilization({ of: 'says.utilization', target: 0.5, vary: 'rate', max: 64, from: 20, period: '500ms' }),
  })
})`

const PLUGIN = `
import { definePlugin, moduleUrl } from 'servebench/plugin'
export const plugin = definePlugin({ name: 'says', apiVersion: 1, apply({ hooks }) {
  hooks.createSampler.for('says').tapPromise('says', async ({ options }) => ({ module: moduleUrl(import.meta.url, './sampler'), options }))
} })`
const SAMPLER = `
import type { CreateSampler } from 'servebench/session'
export const createSampler: CreateSampler<{ value: number; reads: number }> = ({ value, reads }) => {
  let count = 0
  return { gauges: [{ name: 'says.utilization', unit: '1' }], period: 20e6, read(into) {
    if (++count > reads) throw new Error('the cable is out')
    into[0] = value
  } }
}`

let server: ChildProcess
let project: E2eProject
let run: CliResult
let result: RunResult
let url: string

beforeAll(async () => {
  server = spawn(process.execPath, ['-e', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] })
  const port = await new Promise<string>((resolve) =>
    server.stdout?.once('data', (data) => resolve(String(data).trim())),
  )
  url = `http://127.0.0.1:${port}`
  project = new E2eProject(
    { 'a.bench.ts': BENCH, 'says/plugin.ts': PLUGIN, 'says/sampler.ts': SAMPLER },
    { reporters: ['console', 'json', 'markdown'] },
  )
  run = await servebench(project, [], { env: { TARGET_URL: url } })
  result = project.result()
}, 90_000)

afterAll(() => {
  server.kill()
  project[Symbol.dispose]()
})

const codes = (trial: Trial): string[] => trial.verdict.reasons.map(({ code }) => code)
const controlOf = (trial: Trial): ControlReport => trial.control as ControlReport

describe.runIf(process.platform === 'linux')('the CPU of a real server', () => {
  it('is followed, and the verdict says whether it was held', () => {
    const trial = trialOf(result, 'cpu')
    const control = controlOf(trial)
    const { outcome, mean, target, tolerance, phases } = control
    expect(trial.state).toBe('completed')
    expect(control).toMatchObject({
      gauge: 'server.cpu.cores',
      unit: 'cores',
      vary: 'concurrency',
      most: 6,
      problem: null,
    })
    const unreachable = control.obstacle !== null
    expect(outcome).toBe(
      unreachable ? 'unreachable' : Math.abs((mean as number) - target) <= tolerance ? 'held' : 'not-held',
    )
    expect(codes(trial).includes('utilization-not-held')).toBe(outcome === 'not-held')
    expect(codes(trial).includes('utilization-unreachable')).toBe(unreachable)
    if (unreachable) expect(trial.verdict.validity).toBe('invalid')

    expect(phases.warmup.from).toBe(0)
    expect(phases.identify.from).toBe(phases.warmup.until)
    expect(phases.approach.from).toBe(phases.identify.until)
    expect(trial.phases.measurement.from).toBe(phases.approach.until)
    expect(Math.round(trial.phases.measurement.until - trial.phases.measurement.from)).toBe(2e9)
    for (const { load, reading } of control.course) {
      expect(load).toBeGreaterThanOrEqual(1)
      expect(load).toBeLessThanOrEqual(6)
      expect(reading).toBeGreaterThanOrEqual(0)
    }
    const told = trial.events.filter(({ kind }) => kind === 'load')
    expect(told[0]?.message).toMatch(/^1 user \(server\.cpu\.cores.*target 0\.30 cores\)/)
    expect(told.length).toBeGreaterThan(1)
    // The mean of what was read is the gauge's mean.
    expect(Math.abs((trial.gauges['server.cpu.cores']?.mean as number) - (mean as number))).toBeLessThan(0.1)
    expect(trial.counts.due).toBeGreaterThan(0)
    // The highest load that was there is the highest that was decided.
    const most = Math.max(...control.course.map(({ load }) => load), control.load.max as number)
    expect(trial.inFlight.max).toBeLessThanOrEqual(Math.ceil(most))
  })
})

describe('a gauge that says what it is told', () => {
  it('is held from where the load began', () => {
    const trial = trialOf(result, 'there at once')
    const control = controlOf(trial)
    expect(control).toMatchObject({ outcome: 'held', settled: true, mean: 0.5, overshoot: 0, obstacle: null })
    expect(control.interval).toEqual([0.5, 0.5])
    expect(control.oscillation).toMatchObject({ deviation: 0, cycle: null })
    // A machine that stalls misses readings, and the verdict says so; what was read is at the target.
    expect(['', 'utilization-coverage']).toContain(
      codes(trial)
        .filter((code) => code.startsWith('utilization'))
        .join(),
    )
    expect(trial.events.filter(({ kind }) => kind === 'load').at(-1)?.message).toContain('the target is held')
    expect(flat(run.stdout)).toContain(
      'says.utilization held: 50 % (50 % to 50 %), target 50 % ± 2 %, at 20/s',
    )
  })

  it('is drawn beside the report', () => {
    const trial = trialOf(result, 'there at once')
    const folder = project.runs()[0] as string
    expect(readFileSync(join(folder, 'report.md'), 'utf8')).toContain(`(control-${trial.id}.svg)`)
    expect(readFileSync(join(folder, `control-${trial.id}.svg`), 'utf8')).toContain(
      'says.utilization and arrivals per second',
    )
    expect(existsSync(join(folder, `control-${trialOf(result, 'misspelt').id}.svg`))).toBe(false)
  })

  it('is named when it was misspelt, and the run goes on', () => {
    const { state, error } = trialOf(result, 'misspelt')
    expect(state).toBe('failed')
    expect(error).toMatchObject({ code: 'SERVEBENCH_GAUGE' })
    expect(error?.advice).toContain("Did you mean 'says.utilization'?")
  })

  it('fails its trial when it is lost on the way, which keeps what had happened', () => {
    const { state, error, events } = trialOf(result, 'dies')
    expect(state).toBe('failed')
    expect(error).toMatchObject({ code: 'SERVEBENCH_GAUGE_LOST' })
    expect(error?.message).toContain('the cable is out')
    expect(events.map(({ kind }) => kind)).toContain('sampler')
    expect(events.filter(({ kind }) => kind === 'load').at(-1)?.message).toContain('back to where it began')
  })
})

it('tells before a run what the load will follow', async () => {
  const { stdout, code } = await servebench(project, ['--dry-run', '-t', 'cpu'], { env: { TARGET_URL: url } })
  expect(code).toBe(0)
  expect(flat(stdout)).toContain('as many users as keep server.cpu.cores at 0.30, 1.00 to 6 users')
})
