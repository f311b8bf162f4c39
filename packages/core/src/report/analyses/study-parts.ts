import type { JsonValue } from '../../units/json.ts'
import type { AnalysisTable } from '../result.ts'
import {
  knownColumns,
  memoryColumns,
  powerColumns,
  stageColumns,
  utilizationColumns,
  type StudyColumn,
} from '../study/study-columns.ts'
import type { StudyMeasurement, StudyResult } from '../study/study-result.ts'
import { nameCells, nameColumns } from './study-names.ts'
import { measurementOf, shownPoints } from './study-ranking.ts'

/** What is told of a configuration beside throughput and latency: what was measured anywhere. */
export function partColumns(measurements: readonly StudyMeasurement[]): readonly StudyColumn[] {
  const currency = measurements.find((one) => one.currency !== undefined)?.currency ?? null
  const hasErrors = measurements.some(({ metrics }) => (metrics['errorRate'] ?? 0) !== 0)
  return [
    ...(hasErrors ? [{ metric: 'errorRate', title: 'errors', unit: '1' }] : []),
    ...stageColumns(measurements),
    ...memoryColumns(measurements),
    ...utilizationColumns(measurements),
    ...powerColumns(measurements),
    ...knownColumns(measurements, [
      { metric: 'cost.perMillion', title: 'cost per million', unit: currency },
      { metric: 'cost.perMonth', title: 'cost per month', unit: currency },
      { metric: 'startup', title: 'start', unit: 'ns' },
      { metric: 'modelLoad', title: 'model load', unit: 'ns' },
      { metric: 'quality', title: 'quality', unit: null },
    ]),
  ]
}

/** Where the time goes, and what a configuration takes. */
export function partsTable(study: StudyResult): readonly AnalysisTable[] {
  const columns = partColumns(study.measurements)
  if (columns.length === 0) return []
  return [
    {
      name: `study-parts-${study.id}`,
      title: `What configurations take: ${study.path.join(' > ')}`,
      columns: [
        ...nameColumns(study),
        ...columns.map(({ title, unit, description }) => ({
          name: title,
          unit,
          ...(description === undefined ? {} : { description }),
        })),
      ],
      rows: shownPoints(study).map((point): JsonValue[] => {
        const metrics = measurementOf(study, point)?.metrics
        return [
          ...nameCells(study, point.configuration),
          ...columns.map(({ metric }) => metrics?.[metric] ?? null),
        ]
      }),
      notes: [],
    },
  ]
}
