import { controlOf } from '../arrival/load-rates.ts'
import { isFields, join, readFields, type Fields } from '../dsl/fields.ts'
import { planLoad, type PlannedLoad } from '../dsl/loads/definitions.ts'
import { show, type Problems } from '../dsl/problems.ts'
import type { FunctionOwner } from './function-references.ts'
import { mergeFields } from './merge.ts'
import { findOption, type OptionLevel } from './option-level.ts'
import { shareLoad } from './share-load.ts'
import { planStream } from './stream-plan.ts'
import type { StreamPlan } from './trial-plan.ts'
import { planCourses, readWeight } from './weight-course.ts'

export interface PlannedStreams {
  readonly streams: Readonly<Record<string, StreamPlan>>
  /** The loads and the index of the level that gave each. */
  readonly loads: readonly { readonly load: PlannedLoad; readonly level: number }[]
}

/** The streams of a case: one called `main` unless the scenario names several. */
export function planStreams(
  problems: Problems,
  owner: FunctionOwner,
  levels: readonly OptionLevel[],
): PlannedStreams | undefined {
  const streams = findOption(levels, 'streams')
  return streams === undefined
    ? planSingleStream(problems, owner, levels)
    : planSeveralStreams(problems, owner, levels, streams.value)
}

function planSingleStream(
  problems: Problems,
  owner: FunctionOwner,
  levels: readonly OptionLevel[],
): PlannedStreams | undefined {
  const options: Record<string, unknown> = {}
  for (const name of ['target', 'static', 'input', 'exchange', 'check', 'expect'])
    options[name] = findOption(levels, name)?.value
  options['slo'] = levels.reduce<unknown>(
    (merged, level) => mergeFields(merged, level.options['slo']),
    undefined,
  )
  const parts = planStream(problems, owner, '', options)
  const found = findOption(levels, 'load')
  if (found === undefined) {
    problems.error(
      'load',
      'there is no load; say how requests arrive, for example closed({ concurrency: 1 }) or poisson({ rate: 100 }).',
    )
    return undefined
  }
  const load = planLoad(found.value, 'load', problems)
  if (parts === undefined || load === undefined) return undefined
  return { streams: { main: { ...parts, load: load.plan } }, loads: [{ load, level: found.level }] }
}

const STREAM_OPTIONS = ['target', 'static', 'input', 'load', 'weight', 'exchange', 'slo', 'check', 'expect']

function planSeveralStreams(
  problems: Problems,
  owner: FunctionOwner,
  levels: readonly OptionLevel[],
  value: unknown,
): PlannedStreams | undefined {
  const own = levels.at(-1)?.options ?? {}
  for (const name of ['target', 'static', 'input', 'check', 'expect']) {
    if (own[name] !== undefined) problems.error(name, 'belongs into the streams when there are streams.')
  }
  if (!isFields(value) || Object.keys(value).length === 0) {
    problems.error(
      'streams',
      `expected at least one stream, such as { main: stream({ target, load }) }, not ${show(value)}.`,
    )
    return undefined
  }
  const entries = Object.entries(value).map(([name, spec]) => {
    const path = join('streams', name)
    if (!/^[A-Za-z][\w-]*$/.test(name))
      problems.error(
        path,
        'the name of a stream consists of letters, digits, - and _, and starts with a letter.',
      )
    const options = isFields(spec) && isFields(spec['stream']) ? spec['stream'] : undefined
    if (options === undefined) problems.error(path, `expected stream({ … }), not ${show(spec)}.`)
    else readFields(problems, path, options, STREAM_OPTIONS)
    return { name, path, options: options ?? {} }
  })
  const shared = findOption(levels, 'load')
  const loads = planStreamLoads(problems, entries, shared?.value, own['load'] !== undefined)
  const planned = entries.map((entry) =>
    planStream(problems, owner, entry.path, withInherited(levels, entry.options)),
  )
  if (planned.includes(undefined) || loads.includes(undefined)) return undefined
  return {
    streams: Object.fromEntries(
      entries.map(({ name }, index) => [name, { ...planned[index], load: loads[index]?.plan } as StreamPlan]),
    ),
    loads: loads.map((load) => ({ load: load as PlannedLoad, level: levels.length - 1 })),
  }
}

function withInherited(levels: readonly OptionLevel[], options: Fields): Fields {
  const slo = levels.reduce<unknown>((merged, level) => mergeFields(merged, level.options['slo']), undefined)
  return {
    ...options,
    exchange: options['exchange'] ?? findOption(levels, 'exchange')?.value,
    slo: mergeFields(slo, options['slo']),
  }
}

interface StreamEntry {
  readonly path: string
  readonly options: Fields
}

/** A stream has a load of its own, or a weight: its part of the scenario's load. */
function planStreamLoads(
  problems: Problems,
  entries: readonly StreamEntry[],
  shared: unknown,
  isOwnLoad: boolean,
): readonly (PlannedLoad | undefined)[] {
  const weighted = entries.filter(({ options }) => options['weight'] !== undefined)
  const shares = planShares(problems, weighted, shared, isOwnLoad)
  return entries.map((entry) => {
    const { path, options } = entry
    if (options['weight'] !== undefined) {
      if (options['load'] !== undefined)
        problems.error(join(path, 'weight'), 'a stream has a load of its own or a weight, not both.')
      return shares.get(entry)
    }
    if (options['load'] !== undefined) return planLoad(options['load'], join(path, 'load'), problems)
    problems.error(join(path, 'load'), 'the stream has neither a load nor a weight.')
    return undefined
  })
}

function planShares(
  problems: Problems,
  entries: readonly StreamEntry[],
  shared: unknown,
  isOwnLoad: boolean,
): ReadonlyMap<StreamEntry, PlannedLoad> {
  const shares = new Map<StreamEntry, PlannedLoad>()
  if (entries.length === 0) {
    if (isOwnLoad)
      problems.error('load', 'no stream has a weight: give each its part of this load, or leave it out.')
    return shares
  }
  const weights = entries.flatMap(
    ({ path, options }) => readWeight(problems, join(path, 'weight'), options['weight']) ?? [],
  )
  if (shared === undefined)
    problems.error('load', 'streams have weights, but the scenario has no load that they could share.')
  const whole = shared === undefined ? undefined : planLoad(shared, 'load', problems)
  const courses = weights.length === entries.length ? planCourses(problems, weights) : undefined
  if (whole !== undefined && controlOf(whole.plan) !== null) {
    problems.error(
      'load',
      'streams cannot share a load that follows a gauge; give it to one of them as its own.',
    )
    return shares
  }
  if (whole === undefined || courses === undefined) return shares
  for (const [index, entry] of entries.entries()) {
    const plan = shareLoad(whole.plan, courses, index)
    if (plan !== undefined) shares.set(entry, { plan, implies: whole.implies })
    else
      problems.error(
        join(entry.path, 'weight'),
        courses.some(({ shifts }) => shifts.length > 0)
          ? 'users of a closed loop stay with their stream: a weight that changes needs an open load, such as poisson().'
          : 'leaves the stream without a user (or request) of the closed loop; raise the weight or the concurrency.',
      )
  }
  return shares
}
