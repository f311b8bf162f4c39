import { cleanup, render } from 'ink-testing-library'
import { afterEach, describe, expect, it } from 'vitest'
import { liveTrial, snapshotOf } from '../../test/support/live-trial.ts'
import { studyLeader, studyProgress } from '../../test/support/study-progress.ts'
import type { StudyProgress } from '../plan/study/study-progress.ts'
import { displayWidth } from '../report/text-layout.ts'
import { RunView, type RunViewProps } from './run-view.tsx'

afterEach(cleanup)

function draw(study: StudyProgress, overrides: Partial<RunViewProps> = {}): readonly string[] {
  const props: RunViewProps = {
    lines: [],
    snapshot: snapshotOf(liveTrial({ name: 'the trial' }), { trialsTotal: 90, estimatedEnd: 90_000 }),
    study,
    throughput: [],
    p99: [],
    now: 0,
    hint: null,
    colors: false,
    columns: 80,
    rows: 24,
    ...overrides,
  }
  const frame = render(<RunView {...props} />).lastFrame() ?? ''
  const lines = frame.split('\n')
  return lines.slice(0, lines.indexOf('the trial')).map((line) => line.trimEnd())
}

describe('StudyView', () => {
  it('shows how far a study has come, and what is best by now', () => {
    expect(draw(studyProgress())).toEqual([
      'Study a demo server > tuned · quick · configuration 7 of at most 20 (36 in all)',
      'search · load 3 of 6 ██████───────── 42 % · about 90.0 s left · budget 10.0 min',
      'configuration        users  throughput      p99    gain',
      'instances=4,batch=8     16       640/s  23.0 ms  +540 %  best',
      'instances=2,batch=8     16       320/s  23.0 ms  +220 %  now',
      'instances=4,batch=1     16       400/s  23.0 ms  +300 %  misses',
      'instances=1,batch=1      8       100/s  23.0 ms          default',
      '12 measurements taken over · 3 made again: models/a.onnx has another content',
      '',
    ])
  })

  it('leaves out what matters least where it is narrow', () => {
    const narrow = draw(studyProgress({ again: [] }), { columns: 40 })
    expect(narrow).toEqual([
      'Study a demo server > tuned · quick',
      'configuration 7 of at most 20 (36 in',
      'all)',
      'search · load 3 of 6',
      '42 % · about 90.0 s left',
      'budget 10.0 min',
      'instances, batch  throughput',
      '4, 8                   640/s  best',
      '2, 8                   320/s  now',
      '4, 1                   400/s  misses',
      '1, 1                   100/s  default',
      '12 measurements taken over',
      '',
    ])
  })

  it('says which round compares the best, and where a search looks between two loads', () => {
    const phaseOf = (overrides: Partial<StudyProgress>): string | undefined =>
      draw(studyProgress(overrides))[1]?.split(/ [█─]/)[0]
    expect(phaseOf({ phase: 'confirm', round: { at: 2, of: 5 } })).toBe('round 2 of 5')
    const current = { point: 'now', name: 'x', load: 5, loadAt: null, fidelity: 1 }
    expect(phaseOf({ current })).toBe('search · between two loads')
    expect(phaseOf({ current: { ...current, load: 8, loadAt: 4, fidelity: 1 / 3 } })).toBe(
      'search · load 4 of 6 · 33 % of the length',
    )
    expect(phaseOf({ phase: 'candidates', loads: null })).toBe('rules of thumb')
    expect(phaseOf({ phase: 'ablation', loads: null })).toBe('one change at a time')
  })

  it('names the nearest where nothing keeps the constraints', () => {
    const leading = [studyLeader({ a: 1 }, 100, { feasible: false, gain: null })]
    const baseline = leading[0] ?? null
    expect(draw(studyProgress({ leading, baseline })).find((line) => line.startsWith('a=1'))).toMatch(
      /nearest, default$/,
    )
  })

  it('shows what else a study aims at, by its unit', () => {
    const metrics = { throughput: 100, 'responseTime.p99': 1e6, power: 42.5, 'gauges.gpu.memory.used': null }
    const leading = [studyLeader({ a: 1 }, 100, { metrics })]
    const objectives = ['throughput', 'power', 'gauges.gpu.memory.used']
    const lines = draw(studyProgress({ leading, baseline: null, objectives }))
    expect(lines[2]).toContain('power  gpu.memory.used')
    expect(lines[3]).toMatch(/42\.5 W +– /)
  })

  it('has nothing to compare before the first measurement', () => {
    const lines = draw(studyProgress({ leading: [], baseline: null, reused: 0, again: [], measured: 0 }))
    expect(lines).toHaveLength(3)
  })

  it('keeps to a low terminal', () => {
    const lines = draw(studyProgress({ reused: 0, again: [] }), { rows: 16 })
    expect(lines.slice(3)).toEqual([
      'instances=4,batch=8     16       640/s  23.0 ms  +540 %  best',
      'instances=1,batch=1      8       100/s  23.0 ms          default',
      '',
    ])
  })

  it('fits every width, without colours unless they are wanted, and keeps hostile names from doing anything', () => {
    const hostile = studyLeader({ a: 1 }, 123_456.7, { name: 'x\u001b[2J\u202e'.repeat(20), load: 1e6 })
    const study = studyProgress({
      path: ['y'.repeat(200), 'a\u001b[2Jb'],
      leading: [hostile, hostile],
      again: [{ why: 'z\u001b[2J '.repeat(50), count: 123_456 }],
      reused: 123_456,
    })
    for (const columns of [24, 31, 40, 60, 80, 140]) {
      for (const line of draw(study, { columns })) {
        expect(displayWidth(line), line).toBeLessThan(columns)
        expect(line).not.toContain('\u001b')
      }
    }
    expect(draw(studyProgress(), { colors: true }).join()).toContain('\u001b[32m')
  })
})
