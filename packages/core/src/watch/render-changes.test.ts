import { describe, expect, it } from 'vitest'
import { latencies, resultFixture, trialFixture, type TrialOptions } from '../../test/result-fixture.ts'
import { displayWidth } from '../report/text-layout.ts'
import { poolCase } from '../report/pool.ts'
import type { RunResult, Trial } from '../report/result.ts'
import { findChanges } from './change.ts'
import { renderChanges } from './render-changes.ts'
import { ResultHistory } from './result-history.ts'

const MS = 1e6

/** Repeats of one case. */
function runOf(
  repeats: readonly TrialOptions[],
  change: (trial: Trial) => Trial = (trial) => trial,
): RunResult {
  const trials = repeats.map((one, repeat) => change(trialFixture({ ...one, repeat })))
  return resultFixture(trials, [poolCase(trials)])
}

function means(...values: number[]): TrialOptions[] {
  return values.map((mean) => ({ latencies: latencies(4000, mean * MS) }))
}

function withRate(rate: number): (trial: Trial) => Trial {
  return (trial) => ({ ...trial, plan: { ...trial.plan, streams: trialFixture({ rate }).plan.streams } })
}

function withInstances(instances: number): (trial: Trial) => Trial {
  return (trial) => ({
    ...trial,
    plan: { ...trial.plan, server: { kind: 'k', package: 'p', launch: {}, state: { instances } } },
  })
}

function changesOf(before: RunResult, after: RunResult, columns = 80, colors = false): string {
  const history = new ResultHistory()
  history.add(before, false)
  return renderChanges(findChanges(history, after), { columns, colors })
}

describe('changes against the previous measurement', () => {
  it('shows ratios with intervals between repeats', () => {
    const text = changesOf(runOf(means(2, 2.01, 1.99)), runOf(means(2.2, 2.21, 2.19)))
    expect(text).toContain('Change against the previous measurement')
    const row = text.split('\n').find((line) => line.includes('closed loop')) ?? ''
    // 2.2 ms against 2 ms, in the median as in the tail.
    expect(row.match(/1\.10 \[1\.0\d,\s1\.1\d\]/g)).toHaveLength(2)
    expect(row).toContain('1.00')
  })

  it('says what one repeat cannot tell', () => {
    expect(changesOf(runOf(means(2)), runOf(means(2.2)))).toContain('Not enough repeats')
  })

  it('compares across what is tuned on purpose, and says what that was', () => {
    const text = changesOf(runOf(means(2, 2, 2), withInstances(1)), runOf(means(1, 1, 1), withInstances(2)))
    expect(text).toMatch(/ closed loop +1\.00.* 0\.50 .* 0\.50/)
    expect(text).toContain('server.state.instances: 1 → 2')
  })

  it('does not compare under another load or another engine', () => {
    const load = changesOf(runOf(means(2), withRate(100)), runOf(means(2), withRate(200)))
    expect(load).toContain('closed loop: not compared')
    expect(load).toContain('streams.main.load.rate')
    const engine = changesOf(runOf([{ engine: 'http1-raw' }]), runOf([{ engine: 'http1-undici' }]))
    expect(engine).toContain('The engines differ: http1-raw against http1-undici.')
  })

  it('does not compare with what is not valid', () => {
    const reasons = [{ code: 'x', severity: 'invalid', message: 'bad', advice: null }] as const
    expect(changesOf(runOf([{ reasons }]), runOf([{}]))).toContain('The base has no valid measurement')
  })

  it('says nothing about a first or an unfinished measurement', () => {
    expect(renderChanges(findChanges(new ResultHistory(), runOf([{}])), { columns: 80, colors: false })).toBe(
      '',
    )
    expect(changesOf(runOf([{}]), runOf([{}, { state: 'interrupted' }]))).toBe('')
  })

  it('colours only changes that repeats tell from chance', () => {
    const [before, after] = [means(2, 2.01, 1.99), means(2.2, 2.21, 2.19)]
    expect(changesOf(runOf(before), runOf(after), 80, true)).toContain('\u001b[31m')
    expect(changesOf(runOf(after), runOf(before), 80, true)).toContain('\u001b[32m')
    // Bold and dim only.
    const single = changesOf(runOf(means(2)), runOf(means(3)), 80, true)
    for (const colour of ['31', '32']) expect(single).not.toContain(`\u001b[${colour}m`)
    expect(changesOf(runOf(before), runOf(after), 80, false)).not.toContain('\u001b')
  })

  it('groups cases by their scenario', () => {
    const run = (): RunResult => {
      const trials = [1, 8].map((batch) => trialFixture({ case: { batch }, path: ['mlp', 'sweep'] }))
      const other = trialFixture({ path: ['alone'] })
      return resultFixture([...trials, other])
    }
    const lines = changesOf(run(), run())
      .split('\n')
      .map((line) => line.replace(/(?: [–\d[].*)$/, '').trimEnd())
    expect(lines.slice(0, 8)).toEqual([
      '',
      'Change against the previous measurement',
      '  mlp > sweep',
      '    new ÷ old  throughput         p50                p99',
      '    batch=1',
      '    batch=8',
      '  new ÷ old  throughput         p50                p99',
      '  alone',
    ])
  })

  it('writes ratios so that they can be compared', () => {
    const far = changesOf(runOf(means(2, 2, 2)), runOf(means(0.01, 0.01, 0.01)))
    expect(far).toMatch(/ 0\.0050 \[0\.0050, 0\.0050\]/)
    expect(changesOf(runOf(means(0.01, 0.01)), runOf(means(2, 2)))).toMatch(/ 200 \[200, 200\]/)
  })

  it('fits 40 columns', () => {
    for (const change of [withInstances(3), withRate(17)]) {
      const text = changesOf(runOf(means(2, 2.1)), runOf(means(2.2, 2.3), change), 40)
      for (const line of text.split('\n')) expect(displayWidth(line), line).toBeLessThanOrEqual(40)
    }
  })

  it('keeps hostile names from doing anything', () => {
    const options = { path: ['a\u001b[2J\nb'] }
    expect(changesOf(runOf([options]), runOf([options]))).toContain('a\\x1b[2J\\nb')
  })
})
