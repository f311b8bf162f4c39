import { isFields, join, type Fields } from '../../dsl/fields.ts'
import { closed } from '../../dsl/loads/closed.ts'
import { poisson } from '../../dsl/loads/poisson.ts'
import type { Problems } from '../../dsl/problems.ts'
import type { StudyModelPlan } from '../../dsl/study-models.ts'
import type { StudyPlan } from '../../dsl/study-plan.ts'
import { streamsAt, whyNotVaried } from '../search/load-at.ts'
import type { StreamPlan } from '../trial-plan.ts'

type Streams = Readonly<Record<string, StreamPlan>>
type Models = Readonly<Record<string, StudyModelPlan>>

/**
 * The `streams` of a configuration with what the study says of its models: constraints as limits of their streams, and a load
 * where a stream has none and its size is an axis, or one of `loads`.
 */
export function streamsOfModels(
  problems: Problems,
  { streams, models }: Fields,
  plan: Pick<StudyPlan, 'loads' | 'models'>,
): unknown {
  if (!isFields(streams)) return streams
  const share = shareOf(plan.loads, Object.keys(streams).length)
  return Object.fromEntries(
    Object.entries(streams).map(([name, spec]) => {
      const options = isFields(spec) ? spec['stream'] : undefined
      if (!isFields(options)) return [name, spec]
      const model = isFields(models) ? models[name] : undefined
      const slo = isFields(model) ? limitsOf(problems, join('models', name), model) : undefined
      if (slo !== undefined && options['slo'] !== undefined)
        problems.error(
          join(join('streams', name), 'slo'),
          `stands beside limits in \`models.${name}\`: write all there.`,
        )
      const own = plan.models?.[name]?.load ?? null
      const load = own === null ? share : loadOf(own.vary, 1)
      const needsLoad = options['load'] === undefined && options['weight'] === undefined
      return [
        name,
        {
          stream: {
            ...options,
            ...(slo === undefined ? {} : { slo }),
            ...(needsLoad && load !== null ? { load } : {}),
          },
        },
      ]
    }),
  )
}

/** Equal parts of the highest load. */
function shareOf(loads: StudyPlan['loads'], streams: number): unknown {
  const highest = loads?.values.at(-1)
  if (loads === null || highest === undefined) return null
  const part = highest / streams
  return loadOf(loads.vary, loads.vary === 'rate' ? part : Math.max(1, Math.round(part)))
}

function loadOf(vary: 'rate' | 'concurrency', size: number): unknown {
  return vary === 'rate' ? poisson({ rate: size }) : closed({ concurrency: size })
}

/**
 * Whether every stream says what its load is.
 * @param shared there is a load that streams with weights share
 */
export function haveLoads(streams: unknown, shared: boolean): boolean {
  return (
    isFields(streams) &&
    Object.values(streams).every((spec) => {
      const options = isFields(spec) ? spec['stream'] : undefined
      return (
        isFields(options) && (options['load'] !== undefined || (shared && options['weight'] !== undefined))
      )
    })
  )
}

/** Streams with the loads that are axes of their models. */
export function streamsAtAxes(
  problems: Problems,
  streams: Streams,
  models: Models,
  values: Readonly<Record<string, unknown>>,
): Streams {
  const changed = Object.entries(models).flatMap(([name, { load }]) => {
    const stream = streams[name]
    if (load === null || stream === undefined) return []
    const why = whyNotVaried({ [name]: stream }, load.vary)
    if (why !== null) problems.error(join(join('models', name), 'loads'), why)
    return why === null
      ? Object.entries(streamsAt({ [name]: stream }, load.vary, Number(values[load.axis])))
      : []
  })
  return { ...streams, ...Object.fromEntries(changed) }
}

/** `constraints`, `latencyBudget` and `minThroughput` as limits; `undefined` where there are none. */
export function limitsOf(problems: Problems, path: string, options: Fields): unknown {
  const { constraints, latencyBudget, minThroughput } = options
  if (latencyBudget === undefined && minThroughput === undefined) return constraints
  if (constraints !== undefined && !isFields(constraints)) return constraints
  const twice = (name: string, term: string): void => {
    if (constraints?.[term] !== undefined)
      problems.error(join(path, name), `\`constraints\` has a \`${term}\` already: give one of them.`)
  }
  if (latencyBudget !== undefined) twice('latencyBudget', 'p99')
  if (minThroughput !== undefined) twice('minThroughput', 'throughput')
  return {
    ...constraints,
    ...(latencyBudget === undefined ? {} : { p99: latencyBudget }),
    ...(minThroughput === undefined ? {} : { throughput: minThroughput }),
  }
}
