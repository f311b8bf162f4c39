import { cleanup, render } from 'ink-testing-library'
import { afterEach, describe, expect, it } from 'vitest'
import { liveTrial, snapshotOf } from '../../test/support/live-trial.ts'
import { displayWidth } from '../report/text-layout.ts'
import { RunView, type RunViewProps } from './run-view.tsx'

afterEach(cleanup)

const MS = 1e6
const S = 1e9
const HISTORY = [100, 200, 300, 400]

function draw(overrides: Partial<RunViewProps> = {}): string {
  const props: RunViewProps = {
    lines: [],
    snapshot: snapshotOf(liveTrial()),
    study: null,
    throughput: HISTORY,
    p99: HISTORY.map((value) => value * MS),
    now: 0,
    hint: null,
    colors: false,
    columns: 80,
    rows: 24,
    ...overrides,
  }
  return render(<RunView {...props} />).lastFrame() ?? ''
}

describe('RunView', () => {
  it('shows what happens now', () => {
    expect(draw().split('\n')).toEqual([
      'a demo server > answers under load > batch=8',
      'measurement ▒▒▒▒▒▒▒▒████████████──────────────────── 5.0 s of 10.0 s',
      '398/s of 400/s offered  ▃▅▇█',
      'p50 1.20 ms  p95 2.30 ms  p99 3.40 ms  ▃▅▇█',
      '1990 completed  0 failed  0 timed out  0 dropped  3 in flight  lag p99 12.0 µs',
    ])
  })

  it('fits 40 columns', () => {
    expect(draw({ columns: 40 }).split('\n')).toEqual([
      '… server > answers under load > batch=8',
      'measurement ▒▒████───── 5.0 s of 10.0 s',
      '398/s of 400/s offered  ▃▅▇█',
      'p50 1.20 ms  p95 2.30 ms  p99 3.40 ms',
      '1990 completed  0 failed  0 timed out',
      '0 dropped  3 in flight  lag p99 12.0 µs',
    ])
  })

  it('says about how many more requests a stop rule needs', () => {
    const shown = (part: Parameters<typeof liveTrial>[0]): string =>
      draw({ snapshot: snapshotOf(liveTrial(part)) })
    expect(shown({ remaining: 1234 })).toContain('about 1234 more requests')
    expect(shown({ remaining: 0 })).not.toContain('more requests')
    expect(shown({ remaining: 50, phase: 'drain' })).not.toContain('more requests')
  })

  it('shows a gauge that the load follows beside its target', () => {
    const control = {
      gauge: 'server.cpu.cores',
      unit: 'cores',
      target: 1.5,
      reading: 1.234,
      vary: 'concurrency',
      load: 6.4,
      phase: 'approach',
    } as const
    const last = (part: Parameters<typeof liveTrial>[0], columns = 80): string | undefined =>
      draw({ snapshot: snapshotOf(liveTrial(part)), columns })
        .split('\n')
        .at(-1)
    expect(last({ control })).toBe('approach: server.cpu.cores 1.23 cores, target 1.50 cores, at 6.40 users')
    const first = {
      ...control,
      unit: '1',
      target: 0.8,
      reading: null,
      vary: 'rate',
      load: 20,
      phase: 'warmup',
    } as const
    expect(last({ control: first })).toBe('server.cpu.cores –, target 80 %, at 20/s')
  })

  it('shows how far the run is, and when it will end', () => {
    const snapshot = snapshotOf(liveTrial(), { trialsDone: 2, trialsTotal: 10, estimatedEnd: 90_000 })
    expect(draw({ snapshot, now: 60_000 }).split('\n')[0]).toBe(
      `trial 3 of 10 ${'█'.repeat(10)}${'─'.repeat(30)} 25 % · 30.0 s left`,
    )
    const unknown = snapshotOf(null, { trialsDone: 10, trialsTotal: 10 })
    expect(draw({ snapshot: unknown })).toBe(`trial 10 of 10 ${'█'.repeat(40)} 100 %`)
  })

  it('shows no numbers before there are any', () => {
    const preparing = liveTrial({
      phase: 'preparing',
      elapsed: 0,
      measureFrom: null,
      measureUntil: null,
      throughput: null,
    })
    expect(draw({ snapshot: snapshotOf(preparing) }).split('\n')).toEqual([
      'a demo server > answers under load > batch=8',
      `preparing ${'─'.repeat(40)}`,
    ])
    const first = liveTrial({
      throughput: null,
      offeredLoad: null,
      p50: null,
      p95: null,
      p99: null,
      lagP99: null,
    })
    expect(draw({ snapshot: snapshotOf(first), throughput: [], p99: [] })).toContain('– of – offered')
  })

  it('shows no bar for a trial whose end is not known', () => {
    const counted = liveTrial({ total: null, measureUntil: null })
    expect(draw({ snapshot: snapshotOf(counted) }).split('\n')[1]).toBe('measurement 5.0 s')
  })

  it('says which keys there are', () => {
    const frame = draw({ hint: 's stop · q quit' })
    expect(frame.split('\n').at(-1)).toBe('s stop · q quit')
  })

  it('leaves nothing when there is no run, but what is done with', () => {
    const frame = draw({ snapshot: null, lines: ['1/1 a trial', ['✓ 398/s', 'p50 1.20 ms']] })
    expect(frame.trimEnd()).toBe('1/1 a trial\n  ✓ 398/s · p50 1.20 ms')
  })

  it('breaks a summary between its parts', () => {
    const parts = ['✓ 398/s', 'p50 1.20 ms', 'p99 3.40 ms', 'SLO pass', 'a part that is long']
    const lines = draw({ snapshot: null, lines: [parts] })
      .trimEnd()
      .split('\n')
    expect(lines).toEqual(['  ✓ 398/s · p50 1.20 ms · p99 3.40 ms · SLO pass · a part that is long'])
  })

  it('keeps hostile names from doing anything', () => {
    const name = 'a\u001b[2Jb\u202ec\nd'
    const frame = draw({ snapshot: snapshotOf(liveTrial({ name })) })
    expect(frame.split('\n')[0]).toBe('a\\x1b[2Jb\\u202ec\\nd')
  })

  it('uses colours only when it is told to', () => {
    const snapshot = snapshotOf(liveTrial({ failed: 3 }))
    expect(draw({ snapshot })).not.toContain('\u001b')
    expect(draw({ snapshot, colors: true })).toContain('\u001b[31m3 failed\u001b[39m')
  })

  it('fits every width', () => {
    const worst = liveTrial({
      name: 'x'.repeat(300),
      elapsed: 7300 * S,
      total: 7400 * S,
      completed: 123_456_789,
      failed: 123_456_789,
      timedOut: 123_456_789,
      dropped: 123_456_789,
      throughput: 123_456.7,
      offeredLoad: 123_456.7,
      p50: 999.4 * MS,
      p95: 999.4 * MS,
      p99: 119 * S,
    })
    const snapshot = snapshotOf(worst, { trialsDone: 998, trialsTotal: 1000, estimatedEnd: 7_200_000 })
    const long = Array.from({ length: 120 }, (_, index) => index)
    for (const columns of [24, 31, 40, 53, 80, 120]) {
      const frame = draw({ snapshot, columns, throughput: long, p99: long, hint: 's stop · q quit · h help' })
      for (const line of frame.split('\n')) expect(displayWidth(line), line).toBeLessThan(columns)
    }
  })
})
