import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import type { StudyMeasurement, StudyResult } from '../study/study-result.ts'

type Evaluated = StudyMeasurement & Required<Pick<StudyMeasurement, 'quality'>>

const METRICS: Readonly<Record<string, string>> = {
  accuracy: 'accuracy',
  top5: 'top-5 accuracy',
  f1: 'F1, mean of the classes',
  mse: 'mean squared error',
  function: 'mean of the study’s own scores',
}

/** What answers to labelled samples are worth, of all studies that asked: a row for each variant that was asked once. */
export function analyseQuality({ studies = [] }: Pick<RunResult, 'studies'>): readonly AnalysisTable[] {
  return studies.flatMap(qualityTable)
}

function qualityTable({ id, path, plan, measurements }: StudyResult): readonly AnalysisTable[] {
  const evaluated = measurements.filter((one): one is Evaluated => one.quality !== undefined)
  const [first] = evaluated
  if (first === undefined) return []
  const variants = [...Map.groupBy(evaluated, ({ quality }) => quality.key).values()]
  const axes = plan.axes.filter(({ values }) => values.length > 1).map(({ name }) => name)
  // What is the same in all of a variant's configurations tells it from the others.
  const own = axes.filter((axis) =>
    variants.every((group) => new Set(group.map(({ configuration }) => configuration[axis])).size === 1),
  )
  const isLess = first.quality.metric === 'mse'
  const rows = variants
    .map((group) => group.at(-1) as Evaluated)
    .toSorted((one, other) => (isLess ? 1 : -1) * (one.quality.value - other.quality.value))
  return [
    {
      name: `study-quality-${id}`,
      title: `Quality of the answers: ${path.join(' > ')}`,
      columns: [
        { name: 'variant', unit: null },
        { name: 'quality', unit: null },
        { name: 'low', unit: null, description: '95 %, with the next column.', rank: 2 },
        { name: 'high', unit: null, rank: 2 },
        { name: 'samples', unit: null },
      ],
      rows: rows.map(({ configuration, quality: { value, interval, samples } }): JsonValue[] => [
        caseName(Object.fromEntries(own.map((axis) => [axis, configuration[axis] ?? '']))) || 'all',
        value,
        interval?.[0] ?? null,
        interval?.[1] ?? null,
        samples,
      ]),
      notes: [
        `${METRICS[first.quality.metric]}; labelled samples were sent once to each variant, before its load.`,
      ],
    },
  ]
}
