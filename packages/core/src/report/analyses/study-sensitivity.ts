import type { JsonValue } from '../../units/json.ts'
import type { AnalysisTable } from '../result.ts'
import type { StudyResult } from '../study/study-result.ts'
import { axisLabel } from './study-names.ts'

/** What each axis does to the score. */
export function sensitivityTable(study: StudyResult): readonly AnalysisTable[] {
  const rows = study.sensitivity
    .toSorted((one, other) => (other.share ?? 0) - (one.share ?? 0))
    .flatMap(({ axis, share, values }) =>
      values
        .filter(({ points }) => points > 0)
        .map(({ value, points, gain }): JsonValue[] => [
          axisLabel(study, axis),
          String(value),
          gain,
          points,
          share,
        ]),
    )
  if (rows.length < 2) return []
  return [
    {
      name: `study-sensitivity-${study.id}`,
      title: `What each axis does: ${study.path.join(' > ')}`,
      columns: [
        { name: 'axis', unit: null },
        { name: 'value', unit: null },
        {
          name: 'against the best value',
          unit: '1',
          description: 'Mean over the configurations that were measured with the value.',
        },
        { name: 'configurations', unit: null },
        {
          name: 'share',
          unit: '1',
          description: 'Of the variance of all scores that the axis explains by itself.',
        },
      ],
      rows,
      notes:
        study.search.strategy === 'grid'
          ? []
          : ['The search looked at some values more often than at others: means compare unequal company.'],
      plots: [
        {
          name: 'sensitivity',
          title: 'What each axis does',
          x: { title: 'value', unit: null, scale: 'category' },
          y: { title: 'against the best value', unit: '1', scale: 'linear' },
          layers: [{ mark: 'bars', x: 'value', y: 'against the best value', group: 'axis' }],
        },
      ],
    },
  ]
}
