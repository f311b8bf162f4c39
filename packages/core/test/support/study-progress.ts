import type { StudyLeader, StudyProgress } from '../../src/plan/study/study-progress.ts'

const MS = 1e6
const S = 1e9

export function studyLeader(
  values: Readonly<Record<string, number>>,
  throughput: number,
  overrides: Partial<StudyLeader> = {},
): StudyLeader {
  const name = Object.entries(values)
    .map(([axis, value]) => `${axis}=${value}`)
    .join(',')
  return {
    point: name,
    name,
    load: 16,
    metrics: { throughput, 'responseTime.p99': 23 * MS },
    feasible: true,
    gain: throughput / 100 - 1,
    ...overrides,
  }
}

/** A study in the middle of its search. */
export function studyProgress(overrides: Partial<StudyProgress> = {}): StudyProgress {
  const baseline = studyLeader({ instances: 1, batch: 1 }, 100, { load: 8, gain: null })
  return {
    id: '0123456789ab',
    file: 'a.bench.ts',
    path: ['a demo server', 'tuned'],
    state: 'running',
    search: 'quick',
    size: 36,
    loads: { vary: 'concurrency', values: [1, 2, 4, 8, 16, 32] },
    objectives: ['throughput'],
    phase: 'search',
    round: null,
    configurations: { at: 7, most: 20 },
    current: { point: 'now', name: 'instances=2,batch=8', load: 4, loadAt: 3, fidelity: 1 },
    baseline,
    leading: [
      studyLeader({ instances: 4, batch: 8 }, 640),
      studyLeader({ instances: 2, batch: 8 }, 320, { point: 'now' }),
      studyLeader({ instances: 4, batch: 1 }, 400, { feasible: false }),
    ],
    measured: 30,
    reused: 12,
    again: [{ why: 'models/a.onnx has another content', count: 3 }],
    left: { measurements: 58, time: 200 * S, budget: 600 * S },
    ...overrides,
  }
}
