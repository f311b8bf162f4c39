import { ServebenchError } from '../../errors/servebench-error.ts'
import { suggest } from '../../units/suggest.ts'
import { axisLabel } from '../analyses/study-names.ts'
import { rankedPoints } from '../analyses/study-ranking.ts'
import type { StudyPoint, StudyResult } from './study-result.ts'

/** More are a mistake, or a question for the CSV files. */
const MOST = 20

/**
 * Configurations by what people call them: `baseline` (or `default`), a rank such as `1`, the first digits of an id, or values
 * of axes, `instances=2,batch=8`. Names stand in one text with commas between; values of one configuration follow each
 * other until an axis is named again.
 * @returns points by study, in the order of the names
 * @throws {ServebenchError} `SERVEBENCH_CONFIGURATIONS` for a name that no study has
 */
export function choosePoints(
  studies: readonly StudyResult[],
  texts: readonly string[],
): ReadonlyMap<string, readonly StudyPoint[]> {
  if (studies.length === 0)
    throw refusal('There is no study in this result.', '--configs is for results of `servebench tune`.')
  const chosen = new Map<string, StudyPoint[]>()
  for (const name of texts.flatMap(splitNames)) {
    const found = studies.map((study) => [study, findPoints(study, name)] as const)
    if (found.every(([, points]) => points.length === 0)) throw unknown(studies, name)
    for (const [{ id }, points] of found) {
      const own = chosen.get(id) ?? []
      chosen.set(id, [...own, ...points.filter((point) => !own.includes(point))])
    }
  }
  for (const points of chosen.values()) {
    if (points.length > MOST)
      throw refusal(
        `${points.length} configurations are more than can be shown in detail: at most ${MOST}.`,
        'Name more of their values.',
      )
  }
  return chosen
}

type Name = string | Readonly<Record<string, string>>

function splitNames(text: string): readonly Name[] {
  const names: Name[] = []
  let values: Record<string, string> | null = null
  for (const part of text.split(',').map((one) => one.trim())) {
    const [, axis, value] = /^([^=]+)=(.*)$/.exec(part) ?? []
    if (axis === undefined || value === undefined) {
      values = null
      if (part !== '') names.push(part)
    } else if (values === null || Object.hasOwn(values, axis)) {
      values = { [axis]: value }
      names.push(values)
    } else values[axis] = value
  }
  return names
}

function findPoints(study: StudyResult, name: Name): readonly StudyPoint[] {
  const { points, baseline } = study
  if (typeof name !== 'string') {
    const wanted = Object.entries(name).map(([label, value]) => [axisOf(study, label), value] as const)
    return rankedPoints(study).filter(({ configuration }) =>
      wanted.every(([axis, value]) => axis !== undefined && String(configuration[axis]) === value),
    )
  }
  if (name === 'baseline' || name === 'default') return points.filter(({ id }) => id === baseline)
  // An id of digits alone is longer than any rank.
  if (/^\d{1,5}$/.test(name)) return rankedPoints(study).slice(Number(name) - 1, Number(name))
  return /^[0-9a-f]{6,12}$/.test(name) ? points.filter(({ id }) => id.startsWith(name)) : []
}

/** By its name, or by what tables call it. */
function axisOf(study: StudyResult, label: string): string | undefined {
  const names = study.plan.axes.map(({ name }) => name)
  return names.find((name) => name === label) ?? names.find((name) => axisLabel(study, name) === label)
}

function unknown(studies: readonly StudyResult[], name: Name): ServebenchError {
  if (typeof name === 'string') {
    if (/^\d{1,5}$/.test(name))
      return refusal(
        `There is no configuration of rank ${name}.`,
        `Ranks are from 1 to ${Math.max(...studies.map(({ points }) => points.length))}.`,
      )
    const known = [
      'baseline',
      'default',
      ...studies.flatMap(({ points }) => points.flatMap((point) => [point.id, point.name])),
    ]
    const meant = suggest(name, known)
    return refusal(
      `There is no configuration '${name}'.`,
      `${meant === undefined ? '' : `Did you mean '${meant}'? `}${HOW}`,
    )
  }
  const written = Object.entries(name)
    .map((pair) => pair.join('='))
    .join(',')
  for (const [label, value] of Object.entries(name)) {
    const own = studies.flatMap((study) => {
      const axis = axisOf(study, label)
      return axis === undefined ? [] : [study.plan.axes.find((one) => one.name === axis)?.values ?? []]
    })
    if (own.length === 0) {
      const axes = studies.flatMap((study) =>
        study.plan.axes.flatMap((axis) => [axisLabel(study, axis.name), axis.name]),
      )
      const meant = suggest(label, axes)
      return refusal(
        `There is no axis '${label}'.`,
        meant === undefined ? `There are: ${[...new Set(axes)].join(', ')}.` : `Did you mean '${meant}'?`,
      )
    }
    const values = own.flat().map(String)
    if (!values.includes(value))
      return refusal(
        `The axis '${label}' has no value '${value}'.`,
        `It has: ${values.slice(0, 12).join(', ')}.`,
      )
  }
  return refusal(`No configuration with ${written} was measured.`, HOW)
}

const HOW = 'Name values of axes (instances=2,batch=8), a rank (1), an id, or baseline.'

function refusal(message: string, advice: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_CONFIGURATIONS', message, { advice })
}
