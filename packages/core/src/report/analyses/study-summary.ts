import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import { formatShare } from '../quantity.ts'
import type { AnalysisTable } from '../result.ts'
import { studyMetric } from '../study/study-metric.ts'
import type { StudyPoint, StudyResult } from '../study/study-result.ts'
import { knownColumns, type StudyColumn } from '../study/study-columns.ts'
import { nameCells, nameColumns, shortName } from './study-names.ts'
import { partColumns } from './study-parts.ts'
import { markOf, measurementOf, namedPoints, shownPoints } from './study-ranking.ts'
import { modelMetrics } from './study-several.ts'

const SUMMARY: readonly StudyColumn[] = [
  { metric: 'throughput', title: 'throughput', unit: '1/s' },
  { metric: 'responseTime.p50', title: 'p50', unit: 'ns' },
  { metric: 'responseTime.p90', title: 'p90', unit: 'ns' },
  { metric: 'responseTime.p95', title: 'p95', unit: 'ns' },
  { metric: 'responseTime.p99', title: 'p99', unit: 'ns' },
]
/** What a narrow table leaves out, the highest first. */
const RANKS: Readonly<Record<string, number>> = {
  'responseTime.p50': 3,
  'responseTime.p90': 5,
  'responseTime.p95': 6,
}

/** The best configurations against the default. */
export function summaryTable(study: StudyResult): AnalysisTable {
  const { points, plan, measurements, skipped = [] } = study
  const ofModels = modelMetrics(study)
  // Percentiles over the requests of several models say nothing of any.
  const usual = ofModels.length === 0 ? SUMMARY : [...ofModels, ...SUMMARY.slice(0, 1)]
  const ranks: Readonly<Record<string, number>> = ofModels.length === 0 ? RANKS : { throughput: 3 }
  const aims = plan.objectives
    .filter(({ metric }) => !usual.some((known) => known.metric === metric))
    .map(
      ({ metric }): StudyColumn =>
        partColumns(measurements).find((known) => known.metric === metric) ?? {
          metric,
          title: metric,
          unit: studyMetric(metric)?.unit ?? null,
        },
    )
  const columns = knownColumns(measurements, [...aims, ...usual])
  const infeasible = points.filter(({ feasible, score }) => !feasible && score !== null).length
  const failed = points.filter(({ score }) => score === null).length
  const loads =
    plan.loads === null ? [] : [{ name: plan.loads.vary === 'rate' ? 'rate' : 'users', unit: null }]
  return {
    name: `study-${study.id}`,
    title: `Study: ${study.path.join(' > ')}`,
    columns: [
      ...nameColumns(study),
      {
        name: 'standing',
        unit: null,
        description: 'Whether it is the best, the default, or misses a constraint.',
      },
      { name: 'gain', unit: null, description: 'Against the default.' },
      { name: 'interval', unit: null, description: 'Of the gain: 95 %.', rank: 4 },
      ...loads.map((load) => ({ ...load, rank: 2 })),
      ...columns.map(({ metric, title, unit }) => ({
        name: title,
        unit,
        ...(ranks[metric] === undefined ? {} : { rank: ranks[metric] }),
      })),
    ],
    rows: [
      ...shownPoints(study).map((point): JsonValue[] => {
        const measurement = measurementOf(study, point)
        return [
          ...nameCells(study, point.configuration),
          markOf(study, point),
          point.gain === null ? null : signed(point.gain),
          intervalText(point),
          ...loads.map(() => measurement?.load ?? null),
          ...columns.map(({ metric }) => measurement?.metrics[metric] ?? null),
        ]
      }),
      ...skipped.map(({ values }): JsonValue[] => [
        ...nameCells(study, values),
        'skipped',
        ...Array.from({ length: 2 + loads.length + columns.length }, () => null),
      ]),
    ],
    notes: [
      study.message,
      `${points.length} of ${study.size} configurations measured (${study.search.strategy})${infeasible > 0 ? `, ${infeasible} miss a constraint` : ''}${failed > 0 ? `, ${failed} could not be measured` : ''}.`,
      ...candidateNotes(study),
      ...skipped.map(
        ({ values, count, reason }) =>
          `${count} ${count === 1 ? 'configuration was' : 'configurations were'} skipped${Object.keys(values).length === 0 ? '' : ` (${caseName(values)})`}: ${reason}.`,
      ),
      ...study.notes,
    ],
  }
}

/** What became of rules of thumb. */
function candidateNotes(study: StudyResult): readonly string[] {
  return namedPoints(study).map(({ name, point }) => {
    const mark = markOf(study, point)
    const gain = point.gain === null ? '' : `, gain ${signed(point.gain)} ${intervalText(point) ?? ''}`
    return `Candidate '${name}' is ${shortName(study, point)}: ${mark === '' ? 'not among the best' : mark}${gain.trimEnd()}.`
  })
}

function signed(share: number): string {
  return `${share >= 0 ? '+' : '−'}${formatShare(Math.abs(share))}`
}

function intervalText({ gainInterval }: Pick<StudyPoint, 'gainInterval'>): string | null {
  if (gainInterval === null) return null
  return `[${gainInterval.map((share) => signed(share).replace(/\s*%$/, '')).join(', ')}]`
}
