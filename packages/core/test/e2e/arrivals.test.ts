/** What `servebench arrivals` says is what a run does, with one worker or several; and a saved plan is replayed. */
import { existsSync, readFileSync } from 'node:fs'
import { expect, it } from 'vitest'
import { servebench } from './support/cli.ts'
import { E2eProject, trialOf } from './support/project.ts'
import { population, readRecords } from './support/records.ts'

const BENCH = `
import { closed, describe, inline, poisson, replay, scenario, stages, burst, utilization } from 'servebench'
const target = inline(async () => {})
describe('plans', () => {
  scenario('random', { target, load: poisson({ rate: 300 }) })
  scenario('staged', { target, load: stages([
    { load: poisson({ rate: 300 }), duration: '150ms' },
    { load: closed({ concurrency: 1, thinkTime: '50ms' }), duration: '50ms' },
    { load: burst({ count: 5, every: '50ms' }), duration: '100ms' },
  ]) })
  scenario('again', { target, load: replay({ file: 'plan.arrivals' }) })
  scenario('closed', { target, load: closed({ concurrency: 1 }) })
  scenario('moved', { target, load: utilization({ of: 'host.cpu.utilization', target: 0.5, vary: 'rate', max: 100 }) })
})
`

function instantsOf(project: E2eProject, name: string): number[] {
  const trial = trialOf(project.result(), name)
  const { from } = trial.phases.measurement
  return population(readRecords(project.runs().at(-1) as string, trial))
    .map((row) => row.intended - from)
    .sort((a, b) => a - b)
}

const linesOf = (text: string): number[] => text.trim().split('\n').slice(1).map(Number)

it('a plan that is shown, saved, run and replayed has the same instants', async () => {
  using project = new E2eProject({ 'plans.bench.ts': BENCH })
  const planned = await servebench(project, [
    'arrivals',
    '-t',
    'random',
    '--seed',
    'a',
    '--json',
    '--out',
    'plan.arrivals',
    '--plot',
    'plan.svg',
  ])
  expect(planned.code, planned.output).toBe(0)
  const [plan] = JSON.parse(planned.stdout) as [
    { count: number; duration: number; sha256: string; meanRate: number },
  ]
  expect(plan.duration).toBe(3e8)
  expect(plan.meanRate).toBeCloseTo(plan.count / 0.3, 6)
  expect(readFileSync(project.path('plan.svg'), 'utf8')).toMatch(/^<svg [^]*<\/svg>\n$/)
  const text = await servebench(project, [
    'arrivals',
    '-t',
    'random',
    '--seed',
    'a',
    '--json',
    '--out',
    'plan.csv',
  ])
  expect(JSON.parse(text.stdout)).toMatchObject([{ sha256: plan.sha256 }])
  const instants = linesOf(readFileSync(project.path('plan.csv'), 'utf8'))
  expect(instants).toHaveLength(plan.count)

  const run = await servebench(project, ['-t', 'random|staged', '--seed', 'a', '--workers', '2'])
  expect(run.code, run.output).toBe(0)
  // Records are relative to another origin: the last bits of a sum differ.
  const measured = instantsOf(project, 'random')
  expect(measured).toHaveLength(instants.length)
  for (const [index, instant] of instants.entries()) expect(measured[index]).toBeCloseTo(instant, 3)

  const staged = await servebench(project, ['arrivals', '-t', 'staged', '--seed', 'a', '--out', 'staged.csv'])
  expect(staged.code, staged.output).toBe(0)
  const open = instantsOf(project, 'staged').filter((instant) => instant < 1.5e8 || instant >= 2e8)
  const expected = linesOf(readFileSync(project.path('staged.csv'), 'utf8'))
  expect(open).toHaveLength(expected.length)
  for (const [index, instant] of expected.entries()) expect(open[index]).toBeCloseTo(instant, 3)

  const replayed = await servebench(project, ['-t', 'again', '--seed', 'b'])
  expect(replayed.code, replayed.output).toBe(0)
  const again = instantsOf(project, 'again')
  expect(again).toHaveLength(instants.length)
  for (const [index, instant] of instants.entries()) expect(again[index]).toBeCloseTo(instant, 3)
  const { phases, plan: replayPlan } = trialOf(project.result(), 'again')
  expect(phases.measurement.until - phases.measurement.from).toBe(3e8)
  expect(replayPlan.streams['main']?.load).toMatchObject({ process: { sha256: [plan.sha256] } })
}, 60_000)

it('says what cannot be planned', async () => {
  using project = new E2eProject({ 'plans.bench.ts': BENCH })
  const closed = await servebench(project, ['arrivals', '-t', 'closed|moved'])
  expect(closed.code).toBe(2)
  expect(closed.output).toContain('None of these cases has an open load.')
  const several = await servebench(project, ['arrivals', '-t', 'random|staged', '--out', 'x.csv'])
  expect(several.code).toBe(2)
  expect(several.output).toContain('There are 2 plans')
  expect(existsSync(project.path('x.csv'))).toBe(false)
  const missing = await servebench(project, ['arrivals', '-t', 'again'])
  expect(missing.code).toBe(2)
  expect(missing.output).toContain('plan.arrivals cannot be read')
  const open = await servebench(project, ['arrivals', '-t', 'random', '--warmup', '50'])
  expect(open.code).toBe(2)
  expect(open.output).toContain('depends on the server')
}, 60_000)
