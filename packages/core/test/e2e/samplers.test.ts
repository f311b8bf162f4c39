/** Samplers through the built command: the built-in one, one of the project, and ones that fail. */
import { readFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { readRecords } from '../../src/plugin.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'

let server: TruthServer
let project: E2eProject
beforeAll(async () => {
  server = await createTruthServer()
})
afterAll(() => server[Symbol.asyncDispose]())
afterEach(() => project[Symbol.dispose]())

function run(files: Record<string, string>, config: object = {}): Promise<CliResult> {
  project = new E2eProject(files, { duration: '1s', ...config })
  return servebench(project, [], { env: { TARGET_URL: server.url } })
}

const bench = (more = ''): string => `
import { constantRate, hostSampler, http, scenario } from 'servebench'
scenario('plain', { target: http({ url: process.env.TARGET_URL }), load: constantRate({ rate: 50 }), ${more} })`

/** A plugin of the project with one sampler. */
const plugin = (read: string, extra = '', role = 'undefined'): Record<string, string> => ({
  'power/plugin.ts': `
import { definePlugin, moduleUrl } from 'servebench/plugin'
export const plugin = definePlugin({ name: 'power', apiVersion: 1, apply({ hooks }) {
  hooks.createSampler.for('power').tapPromise('power', async ({ options }) => ({ module: moduleUrl(import.meta.url, './sampler'), options }))
  ${extra}
} })`,
  'power/sampler.ts': `
import type { CreateSampler } from 'servebench/session'
export const createSampler: CreateSampler<{ watts?: number }> = ({ watts = 50 }) => ({
  gauges: [{ name: 'power', unit: 'W', device: 'rail 3', power: ${role} }],
  period: 50e6,
  ${read}
})`,
})
const STEADY = 'read(into) { into[0] = watts }'

describe.runIf(process.platform === 'linux')('the host sampler', () => {
  it('tells how a launched server used the machine', async () => {
    project = new E2eProject(
      {
        'a.bench.ts': `
import { closed, http, scenario } from 'servebench'
import { plainServer } from 'plain-server'
scenario('plain', { server: plainServer(), target: http(), load: closed({ concurrency: 2 }),
  slo: { gauges: { 'server.cpu.cores': { mean: 64 }, 'server.memory.rss': { max: 1 }, 'gpu.power': { max: 9 } } } })`,
      },
      { duration: '1s', samplers: ['host'], reporters: ['console', 'csv', 'json'] },
    )
    const { code, stdout } = await servebench(project)
    const trial = trialOf(project.result(), 'plain')
    const { gauges, slo, samplers, samples, windows } = trial
    expect(Object.keys(gauges)).toEqual([
      'host.cpu.utilization',
      'host.memory.used',
      'host.memory.available',
      'server.cpu.cores',
      'server.memory.rss',
    ])
    for (const { mean, min, max, p95, coverage } of Object.values(gauges)) {
      expect(coverage).toBeGreaterThan(0.5)
      expect(min).toBeLessThanOrEqual(mean as number)
      expect(mean).toBeLessThanOrEqual(max as number)
      expect(p95).toBeLessThanOrEqual(max as number)
    }
    // Two users who never wait keep a server of one thread busy; a Node process takes tens of megabytes.
    expect(gauges['server.cpu.cores']?.mean).toBeGreaterThan(0.05)
    expect(gauges['server.memory.rss']?.mean).toBeGreaterThan(30e6)
    expect(gauges['host.memory.used']?.mean).toBeGreaterThan(gauges['server.memory.rss']?.mean as number)
    expect(samplers).toMatchObject([{ kind: 'host', period: 250e6, problem: null }])

    expect(slo?.terms.map(({ term, verdict }) => [term, verdict])).toEqual([
      ['gauges.server.cpu.cores.mean', 'pass'],
      ['gauges.server.memory.rss.max', 'fail'],
      ['gauges.gpu.power.max', 'undecided'],
    ])
    expect(code).toBe(1)
    expect(flat(stdout)).toMatch(/gauges host\.cpu\.utilization [\d.]+ % \(max [\d.]+ %/)
    expect(flat(stdout)).toContain("no sampler gave 'gpu.power'")

    for (const window of windows) expect(Object.keys(window.gauges ?? {})).toEqual(Object.keys(gauges))
    const folder = project.runs()[0] as string
    const readings = await readRecords(`${folder}/${samples?.path}`)
    expect(samples).toEqual({
      path: `records/${trial.id}.samples.arrows`,
      rows: readings.rows,
      complete: true,
    })
    expect(new Set(readings.names('gauge'))).toEqual(new Set(Object.keys(gauges)))
    const [header, row] = readFileSync(`${folder}/trials.csv`, 'utf8').split('\n')
    expect(header).toContain(',gauges.server.memory.rss.mean,gauges.server.memory.rss.max')
    expect(row).toContain(`,${gauges['server.memory.rss']?.mean},${gauges['server.memory.rss']?.max}`)
  })

  it('finds a server that was there before by its port, as a bench file asks for it', async () => {
    const { code } = await run({
      'a.bench.ts': bench(`samplers: [hostSampler({ period: '100ms', network: true })]`),
    })
    const { gauges } = trialOf(project.result(), 'plain')
    expect(code).toBe(0)
    // The truth server runs in the process of this test, which has started the command; that one does not count.
    const mine = process.memoryUsage.rss()
    expect(Math.abs((gauges['server.memory.rss']?.mean as number) / mine - 1)).toBeLessThan(0.5)
    expect(gauges['host.network.loopback']?.mean).toBeGreaterThan(0)
  })
})

describe('a sampler of the project', () => {
  it('is named by the configuration, with its options', async () => {
    const { code, output } = await run(
      { 'a.bench.ts': bench(`slo: { gauges: { power: { max: 60 } } }`), ...plugin(STEADY) },
      { samplers: [['./power/plugin.ts', { watts: 55 }]] },
    )
    expect(output).not.toContain('switched off')
    const { gauges, slo } = trialOf(project.result(), 'plain')
    expect(gauges).toMatchObject({
      power: { unit: 'W', device: 'rail 3', mean: 55, min: 55, max: 55, p95: 55 },
    })
    expect(slo?.verdict).toBe('pass')
    expect(code).toBe(0)
  })

  it('that reads the power of the machine makes energy, carbon and cost of it', async () => {
    const role = `{ scope: 'system', method: 'average' }`
    const { code, stdout } = await run(
      {
        'a.bench.ts': bench(
          `slo: { gauges: { 'energy.perItem': { mean: 1000 }, 'cost.perMillion': { mean: 1 } } }`,
        ),
        // A reading stands for the time before it: the first ones of the warm-up may reach into the rest.
        ...plugin('read(into, now) { into[0] = now < 90e6 ? 20 : 120 }', '', role),
      },
      {
        samplers: ['./power/plugin.ts'],
        energy: { idle: '600ms', region: 'FR', pue: 1 },
        cost: { price: 3.6 },
      },
    )
    const { energy, cost, items, goodput, slo } = trialOf(project.result(), 'plain')
    expect(energy).toMatchObject({ scope: 'system', estimated: false })
    expect(energy?.power).toBeCloseTo(120, 9)
    expect(energy?.idle?.power).toBeCloseTo(20, 9)
    expect((energy?.perItem ?? 0) * (items.throughput ?? 0)).toBeCloseTo(120, 6)
    expect((energy?.dynamicPerItem ?? 0) * (items.throughput ?? 0)).toBeCloseTo(100, 6)
    expect(energy?.carbon?.perItem).toBeCloseTo(((energy?.perItem ?? 0) * 44) / 3.6e6, 12)
    expect((cost?.perMillion ?? 0) * (goodput ?? 0)).toBeCloseTo(1000, 6)
    expect(slo?.terms.map(({ term, verdict }) => [term, verdict])).toEqual([
      ['gauges.energy.perItem.mean', 'pass'],
      ['gauges.cost.perMillion.mean', 'fail'],
    ])
    expect(code).toBe(1)
    expect(flat(stdout)).toMatch(/energy 120 W [\d.]+ J per item [\d.]+ J of it dynamic .* \(whole machine\)/)
    expect(flat(stdout)).toMatch(/samplers power [\d.]+ % of the time/)
    expect(flat(stdout)).toContain('Energy of the whole machine, by power')
    expect(flat(stdout)).toContain('44.0 g CO2e/kWh (FR,')
  })

  it('is added by a plugin to the trials that it chooses', async () => {
    const add = `hooks.trialStart.tapPromise('power', async (trial) => trial.addSampler({ kind: 'power', package: './power/plugin.ts', options: {} }))
      const seen = []
      hooks.window.tapPromise('power', async (window) => void seen.push(window.gauges.power))
      hooks.runEnd.tapPromise('power', async () => console.log('WINDOWS ' + JSON.stringify(seen)))`
    const { code, stdout } = await run(
      { 'a.bench.ts': bench(), ...plugin(STEADY, add) },
      { plugins: ['./power/plugin.ts'] },
    )
    expect(code).toBe(0)
    expect(trialOf(project.result(), 'plain').gauges).toMatchObject({ power: { mean: 50 } })
    expect(stdout).toContain('WINDOWS [50')
  })

  it.each([
    ['throws', `read() { throw new Error('the rail is dead') }`, 'the rail is dead', 2, '1500ms'],
    ['hangs', `read() { for (;;); }`, 'a read took longer than 2 s', 1, '3s'],
  ])('that %s does no harm', async (_, read, reason, repeats, duration) => {
    const { code, stderr, stdout } = await run(
      { 'a.bench.ts': bench(), ...plugin(read) },
      { samplers: ['./power/plugin.ts'], repeats, duration },
    )
    const trial = trialOf(project.result(), 'plain')
    const message = `The sampler 'power' was switched off: ${reason}.`
    expect(trial.events).toMatchObject([{ kind: 'sampler', message }])
    expect(trial.gauges['power']).toMatchObject({ mean: null, coverage: 0 })
    expect(trial.counts.due).toBeGreaterThan(50)
    expect(trial.counts.completed).toBe(trial.counts.due)
    expect(trial.verdict.validity).toBe('valid')
    // Once in the terminal, and in each trial.
    expect(flat(stderr).split(message)).toHaveLength(2)
    expect(flat(stdout)).toContain(message)
    expect(project.journal().filter(({ type }) => type === 'event')).toHaveLength(repeats)
    expect(code).toBe(0)
  })
})

describe('a sampler that does not exist ends the command before any load', () => {
  it.each([
    [{ samplers: ['hots'] }, '', "There is no sampler 'hots'.", "Did you mean 'host'?"],
    [{ samplers: ['csv'] }, '', "'csv' provides no sampler.", 'Name one that is built in (host)'],
    [
      {},
      `samplers: [{ kind: 'gpu', package: 'gpu-sampler', options: {} }]`,
      "'gpu-sampler' cannot be found.",
      '',
    ],
  ])('%o %s', async (config, more, message, advice) => {
    const { code, stderr } = await run({ 'a.bench.ts': bench(more) }, config)
    expect(code).toBe(2)
    expect(stderr).toContain(message)
    expect(stderr).toContain(advice)
    expect(project.runs()).toEqual([])
  })

  it('a shape that has no price', async () => {
    const { code, output } = await run({
      'a.bench.ts': bench(`cost: { prices: 'aws', shape: 'g4dn.xlarg' }, energy: { region: 'Fr' }`),
    })
    expect(code).toBe(2)
    expect(flat(output)).toContain("energy.region: there is no 'Fr' in the table of servebench.")
    expect(flat(output)).toContain("Did you mean 'g4dn.xlarge'?")
  })

  it('a kind that no plugin provides fails its trial', async () => {
    const { code, stdout } = await run({
      'a.bench.ts': bench(`samplers: [{ kind: 'hosts', package: 'servebench', options: {} }]`),
    })
    expect(code).toBe(2)
    expect(flat(stdout)).toContain("No plugin provides samplers of the kind 'hosts'.")
    expect(trialOf(project.result(), 'plain').counts.due).toBe(0)
  })
})
