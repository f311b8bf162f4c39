/** Baselines: a slower server fails the run, the same one does not, and what cannot be compared is said beforehand. */
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunResult } from '../../src/report/result.ts'
import { createTruthServer, type TruthServer } from '../../src/testing.ts'
import { flat, servebench, type CliResult } from './support/cli.ts'
import { E2eProject } from './support/project.ts'

const BENCH = `
import { closed, http, scenario } from 'servebench'
scenario('predict', { target: http({ url: process.env.TARGET_URL }), load: closed({ concurrency: 1 }), repeats: 5 })`

const LENIENT = ['throughput=40%', 'responseTime.p50=40%', 'responseTime.p99=300%'].flatMap((threshold) => [
  '--threshold',
  threshold,
])

let server: TruthServer
let project: E2eProject
/** What a busy machine does to 60 requests is not what these tests are about. */
const run = (...args: string[]): Promise<CliResult> =>
  servebench(project, ['run', ...LENIENT, ...args], {
    env: { TARGET_URL: server.url, GITHUB_STEP_SUMMARY: project.path('summary.md') },
  })
const readBaseline = (): RunResult =>
  JSON.parse(readFileSync(project.path('baseline.json'), 'utf8')) as RunResult

beforeAll(async () => {
  server = await createTruthServer({ program: { service: '5ms' } })
  project = new E2eProject({ 'a.bench.ts': BENCH })
  const first = await run('--baseline', 'baseline.json', '--update-baseline')
  expect(first.code, first.output).toBe(0)
}, 60_000)
afterAll(async () => {
  project[Symbol.dispose]()
  await server[Symbol.asyncDispose]()
})

describe('a baseline', () => {
  it('is a result that was measured in a stated order', () => {
    const { run: info, trials, comparison } = readBaseline()
    expect(comparison).toBeUndefined()
    expect(info.order).toEqual({
      cases: 'as-written',
      interleave: 'within-server',
      trials: trials.map((trial) => trial.id),
    })
    expect(info.order?.trials).toHaveLength(5)
  })

  it('lets the same server pass', async () => {
    const same = await run('--baseline', 'baseline.json')
    expect(same.code, same.output).toBe(0)
    const { comparison } = project.result()
    expect(comparison).toMatchObject({ baseline: 'baseline.json', accepted: false, forced: false })
    expect(comparison?.cases[0]?.repeats).toEqual({ base: 5, other: 5 })
    expect(same.stdout).toContain('Against the baseline baseline.json')
  })

  it('fails a server that takes 15 ms instead of 5, in every output', async () => {
    await server.program({ service: '15ms' })
    const reporters = ['console', 'json', 'junit', 'github', 'markdown'].flatMap((name) => [
      '--reporter',
      name,
    ])
    const slow = await run('--baseline', 'baseline.json', ...reporters)
    await server.program({ service: '5ms' })
    expect(slow.code, slow.output).toBe(1)
    const { comparison, run: info } = project.result()
    expect(comparison?.verdict).toBe('regression')
    const p50 = comparison?.cases[0]?.judgements.find(({ metric }) => metric === 'responseTime.p50')
    expect(p50?.verdict).toBe('regression')
    expect(p50?.estimate).toBeGreaterThan(1.5)
    expect(p50?.estimate).toBeLessThan(5)
    expect(info.exit.reasons.join('\n')).toContain('predict: responseTime.p50 regressed: +')
    const folder = project.runs().at(-1) as string
    expect(readFileSync(`${folder}/junit.xml`, 'utf8')).toMatch(
      /<failure message="regression: responseTime\.p50/,
    )
    expect(slow.stdout).toMatch(/^::error file=a\.bench\.ts,title=predict::Regression: responseTime\.p50/m)
    expect(readFileSync(`${folder}/report.md`, 'utf8')).toContain('Against the baseline: **regression**')
    // The same verdict again, from the two files.
    const compared = await servebench(project, ['compare', ...LENIENT, 'baseline.json', folder])
    expect(compared.code, compared.output).toBe(1)
    expect(flat(compared.stdout)).toContain('regression')
    const report = await servebench(project, ['report', folder, '--reporter', 'github'])
    expect(report.code).toBe(1)
    expect(report.stdout).toContain('::error file=a.bench.ts')
  }, 60_000)

  it('is replaced by a slower run that is accepted', async () => {
    const before = statSync(project.path('baseline.json')).mtimeMs
    await server.program({ service: '15ms' })
    const accepted = await run('--baseline', 'baseline.json', '--update-baseline', '--repeats', '5')
    await server.program({ service: '5ms' })
    expect(accepted.code, accepted.output).toBe(0)
    expect(accepted.stdout).toContain('This run is the new baseline.')
    expect(statSync(project.path('baseline.json')).mtimeMs).toBeGreaterThan(before)
    expect(readBaseline().run.id).toBe(project.result().run.id)
  }, 60_000)
})

describe('a baseline that does not fit', () => {
  const refused = async (...args: string[]): Promise<string> => {
    const runs = project.runs().length
    const result = await run(...args)
    expect(result.code, result.output).toBe(2)
    // Nothing was measured for nothing.
    expect(project.runs()).toHaveLength(runs)
    return flat(result.stderr)
  }

  it('is refused before the run when it is of another machine', async () => {
    const baseline = readBaseline()
    const { environment } = baseline.run
    const cpu = { ...environment.cpu, model: 'Another CPU' }
    const other = { ...baseline, run: { ...baseline.run, environment: { ...environment, cpu } } }
    writeFileSync(project.path('other.json'), JSON.stringify(other))
    const message = await refused('--baseline', 'other.json')
    expect(message).toContain("The baseline 'other.json' is of another machine.")
    expect(message).toContain('The machines differ in cpu.model: "Another CPU" against')
    expect(message).toContain('--force')
    const forced = await run('--baseline', 'other.json', '--force')
    expect(forced.code, forced.output).toBeLessThan(2)
    expect(project.result().comparison?.forced).toBe(true)
  })

  it('is refused after the run when the plan differs', async () => {
    const other = await run('--baseline', 'baseline.json', '--duration', '1500ms', '--repeats', '1')
    expect(other.code, other.output).toBe(2)
    expect(flat(other.output)).toContain('The plans differ in settings.duration')
  })

  it.each([
    ['damaged', 'garbage {', 'is not JSON'],
    ['newer', '{"schemaVersion":9}', 'was written by a newer servebench'],
    ['empty', '', 'is not JSON'],
  ])('is refused before the run when it is %s', async (_, text, message) => {
    writeFileSync(project.path('odd.json'), text)
    expect(await refused('--baseline', 'odd.json')).toContain(message)
  })

  it('is refused when it is not there, or cannot be written', async () => {
    expect(await refused('--baseline', 'nowhere.json')).toContain('There is no baseline at')
    expect(existsSync(project.path('nowhere.json'))).toBe(false)
    expect(await refused('--update-baseline')).toContain('which file to write')
    expect(await refused('--baseline', '.', '--update-baseline')).toContain('not a file that can be updated')
    expect(await refused('--baseline', 'baseline.json', '--watch')).toContain('does not go with --watch')
    expect(await refused('--baseline', 'baseline.json', '--threshold', 'p99=5')).toContain(
      'there is no such metric',
    )
    expect(await refused('--baseline', 'baseline.json', '--level', 'x')).toContain('expected a probability')
  })
})
