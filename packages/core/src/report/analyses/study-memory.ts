import type { JsonValue } from '../../units/json.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable } from '../result.ts'
import { memoryColumns, type StudyColumn } from '../study/study-columns.ts'
import type { StudyResult } from '../study/study-result.ts'
import { shortName } from './study-names.ts'
import { markOf, measurementOf, rankedPoints } from './study-ranking.ts'

const MOST_DRAWN = 400

/** Memory of GPUs, of the server and of the machine against latency: a picture of each that was read. */
export function memoryTable(study: StudyResult): readonly AnalysisTable[] {
  const memories = memoryColumns(study.measurements)
  if (memories.length === 0) return []
  const rows = rankedPoints(study)
    .slice(0, MOST_DRAWN)
    .flatMap((point): JsonValue[][] => {
      const metrics = measurementOf(study, point)?.metrics
      if (metrics === undefined) return []
      return [
        [
          shortName(study, point),
          ...memories.map(({ metric }) => metrics[metric] ?? null),
          metrics['responseTime.p99'] ?? null,
          markOf(study, point),
        ],
      ]
    })
  return [
    {
      name: `study-memory-${study.id}`,
      title: `Memory and latency: ${study.path.join(' > ')}`,
      columns: [
        { name: 'configuration', unit: null },
        ...memories.map(({ title, description = '' }) => ({ name: title, unit: 'By', description })),
        { name: 'p99', unit: 'ns' },
        { name: 'standing', unit: null },
      ],
      rows,
      notes: [],
      plots: memories.map((memory) => plotOf(memory)),
      plotOnly: true,
    },
  ]
}

function plotOf({ title }: StudyColumn): Plot {
  return {
    name: `${title.toLowerCase().replaceAll(' ', '-')}-latency`,
    title: `${title[0]?.toUpperCase()}${title.slice(1)} and latency`,
    x: { title, unit: 'By', scale: 'linear' },
    y: { title: 'p99 response time', unit: 'ns', scale: 'log' },
    layers: [{ mark: 'points', x: title, y: 'p99', group: 'configuration' }],
  }
}
