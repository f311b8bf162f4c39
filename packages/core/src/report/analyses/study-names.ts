import type { Scalar } from '../../dsl/matrix.ts'
import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { AnalysisTable } from '../result.ts'
import type { StudyPoint, StudyResult } from '../study/study-result.ts'

/** `instances=4,batch=8` without the axes that are the same everywhere. */
export function shortName(study: StudyResult, { configuration }: Pick<StudyPoint, 'configuration'>): string {
  const varied = variedAxes(study)
  const short = shortAxes(varied)
  return caseName(
    Object.fromEntries(
      varied.flatMap((name, index) =>
        configuration[name] === undefined ? [] : [[short[index] ?? name, configuration[name]]],
      ),
    ),
  )
}

/** Of more axes a table for people has no room. */
const MOST_AXES = 6

function variedAxes({ plan }: StudyResult): readonly string[] {
  return plan.axes
    .filter(({ values, skipped = [] }) => values.length + skipped.length > 1)
    .map(({ name }) => name)
}

/** What an axis is called in tables for people. */
export function axisLabel(study: StudyResult, axis: string): string {
  const axes = study.plan.axes.map(({ name }) => name)
  return shortAxes(axes)[axes.indexOf(axis)] ?? axis
}

/** Paths of settings by their last parts, as far as these tell them apart: `models.mlp.instances` is `instances`. */
function shortAxes(axes: readonly string[]): readonly string[] {
  return axes.map((axis) => {
    const parts = axis.split('.')
    for (let kept = 1; kept < parts.length; kept++) {
      const end = parts.slice(-kept).join('.')
      if (axes.filter((other) => other === end || other.endsWith(`.${end}`)).length === 1) return end
    }
    return axis
  })
}

/** A column for each axis, so that values stand below each other. */
export function nameColumns(study: StudyResult): AnalysisTable['columns'] {
  const axes = variedAxes(study)
  const names = axes.length === 0 || axes.length > MOST_AXES ? ['configuration'] : shortAxes(axes)
  return names.map((name) => ({ name, unit: null }))
}

/** @param configuration where an axis is missing, its cell is empty */
export function nameCells(
  study: StudyResult,
  configuration: Readonly<Record<string, Scalar>>,
): readonly JsonValue[] {
  const axes = variedAxes(study)
  if (axes.length === 0 || axes.length > MOST_AXES) return [shortName(study, { configuration })]
  return axes.map((name) => {
    const value = configuration[name] ?? null
    return typeof value === 'boolean' ? (value ? 'yes' : 'no') : value
  })
}
