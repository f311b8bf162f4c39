import type { Scalar } from '../../dsl/matrix.ts'
import type { JsonValue } from '../../units/json.ts'
import type { AnalysisTable } from '../result.ts'
import { gainOf, scoreOf } from '../study/study-metric.ts'
import { mean } from '../study/point-evidence.ts'
import type { StudyResult } from '../study/study-result.ts'

type Values = Readonly<Record<string, Scalar>>

/**
 * What each change between the default and the best does by itself, and what is lost without it; of pairs whether they do
 * more together than one after the other. All at the load of the best.
 */
export function ablationTable(study: StudyResult, label: (axis: string) => string): readonly AnalysisTable[] {
  const { points, baseline, plan } = study
  const base = points.find(({ id }) => id === baseline)
  const best = points.find(({ id }) => id === study.best[0])
  if (base === undefined || best === undefined || base === best) return []
  const load = best.best === null ? null : (study.measurements[best.best]?.load ?? null)
  const changed = plan.axes.filter(({ name }) => base.configuration[name] !== best.configuration[name])
  if (changed.length < 2) return []
  const scoreAt = (values: Values): number | null => {
    const scores = study.measurements
      .filter(
        (one) =>
          one.load === load &&
          one.fidelity === 1 &&
          plan.axes.every(({ name }) => one.configuration[name] === values[name]),
      )
      .map(({ metrics }) => scoreOf(plan.objectives, metrics))
      .filter((score) => score !== null)
    return scores.length === 0 ? null : mean(scores)
  }
  const start = scoreAt(base.configuration)
  const end = scoreAt(best.configuration)
  const change = (values: Values, name: string, to: Values): Values => ({
    ...values,
    [name]: to[name] as Scalar,
  })
  const gain = (to: number | null, from: number | null): number | null =>
    to === null || from === null ? null : gainOf(plan.objectives, to - from)
  const alone = new Map(
    changed.map(({ name }) => [name, scoreAt(change(base.configuration, name, best.configuration))]),
  )
  const singles = changed.map(({ name }): JsonValue[] => [
    `${label(name)}: ${base.configuration[name]} → ${best.configuration[name]}`,
    gain(alone.get(name) ?? null, start),
    gain(scoreAt(change(best.configuration, name, base.configuration)), end),
    null,
  ])
  const pairs = changed.flatMap(({ name: one }, index) =>
    changed.slice(index + 1).flatMap(({ name: other }): JsonValue[][] => {
      const both = scoreAt(
        change(change(base.configuration, one, best.configuration), other, best.configuration),
      )
      const first = alone.get(one) ?? null
      const second = alone.get(other) ?? null
      if (both === null || start === null || first === null || second === null) return []
      return [
        [
          `${label(one)} and ${label(other)}`,
          gainOf(plan.objectives, both - start),
          null,
          gainOf(plan.objectives, both - first - second + start),
        ],
      ]
    }),
  )
  const rows = [...singles, ...pairs]
  if (rows.every((row) => row.slice(1).every((value) => value === null))) return []
  return [
    {
      name: `study-ablation-${study.id}`,
      title: `What the best is made of: ${study.path.join(' > ')}`,
      columns: [
        { name: 'change', unit: null },
        { name: 'on alone', unit: '1', description: 'Gain of the default with this change.' },
        { name: 'off alone', unit: '1', description: 'Gain of the best without it: what is lost.' },
        {
          name: 'beyond the two',
          unit: '1',
          description: 'Gain of a pair beyond what both do one by one; 0: they do not touch each other.',
        },
      ],
      rows,
      notes: [
        ...(load === null ? [] : [`All at the load of the best, ${Number(load.toPrecision(6))}.`]),
        'Of single measurements: differences of a few per cent are within what chance does.',
      ],
      plots: [
        {
          name: 'ablation',
          title: 'What the best is made of',
          x: { title: 'change', unit: null, scale: 'category' },
          y: { title: 'gain', unit: '1', scale: 'linear' },
          layers: [
            { mark: 'bars', x: 'change', y: 'on alone', label: 'on alone' },
            { mark: 'bars', x: 'change', y: 'off alone', label: 'off alone' },
          ],
        },
      ],
    },
  ]
}
