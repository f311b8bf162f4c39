import { poolDistributions, type LostRequests } from './pool-distributions.ts'
import type { Distribution, Metrics, PipelineMetrics, StepMetrics } from './result.ts'

/** A chain that did not come to its end has no time of a step that it did not end: nothing of it is missing here. */
const NONE_LOST: LostRequests = { failures: 0, censored: 0 }

/** The steps of several repeats as one population; nothing where one of them has other steps, or none. */
export function poolPipelines(metrics: readonly Metrics[]): Pick<Metrics, 'pipeline'> {
  const parts = metrics.flatMap(({ pipeline }) => pipeline ?? [])
  const [first] = parts
  if (first === undefined || parts.length < metrics.length) return {}
  const names = namesOf(first)
  if (parts.some((part) => namesOf(part) !== names)) return {}
  const response = meanOf(parts, (part) => part.response)
  const share = (value: number | null): number | null =>
    value === null || response === null || response === 0 ? null : value / response
  const pool = (read: (part: PipelineMetrics) => Distribution): Distribution =>
    poolDistributions(parts.map(read), NONE_LOST)
  const glue = pool((part) => part.glue)
  return {
    pipeline: {
      completed: parts.reduce((sum, part) => sum + part.completed, 0),
      response,
      before: meanOf(parts, (part) => part.before),
      glue,
      glueShare: share(glue.mean),
      steps: first.steps.map(({ name, target }, index): StepMetrics => {
        const of = (part: PipelineMetrics): StepMetrics => part.steps[index] as StepMetrics
        const count = (key: keyof StepMetrics['counts']): number =>
          parts.reduce((sum, part) => sum + of(part).counts[key], 0)
        const mean = meanOf(parts, (part) => of(part).mean)
        return {
          name,
          target,
          counts: {
            due: count('due'),
            sent: count('sent'),
            completed: count('completed'),
            failed: count('failed'),
            timedOut: count('timedOut'),
            censored: count('censored'),
          },
          failures: sumOf(parts.map((part) => of(part).failures)),
          time: pool((part) => of(part).time),
          glue: pool((part) => of(part).glue),
          transportWait: pool((part) => of(part).transportWait),
          firstByte: pool((part) => of(part).firstByte),
          serverQueue: pool((part) => of(part).serverQueue),
          serverCompute: pool((part) => of(part).serverCompute),
          mean,
          glueMean: meanOf(parts, (part) => of(part).glueMean),
          share: share(mean),
        }
      }),
    },
  }
}

function namesOf({ steps }: PipelineMetrics): string {
  return steps.map(({ name }) => name).join(' ')
}

/** Of the chains of all repeats. */
function meanOf(
  parts: readonly PipelineMetrics[],
  read: (part: PipelineMetrics) => number | null,
): number | null {
  let sum = 0
  let count = 0
  for (const part of parts) {
    const mean = read(part)
    if (mean === null) continue
    sum += mean * part.completed
    count += part.completed
  }
  return count === 0 ? null : sum / count
}

function sumOf(failures: readonly Readonly<Record<string, number>>[]): Readonly<Record<string, number>> {
  const sums = new Map<string, number>()
  for (const [kind, count] of failures.flatMap((one) => Object.entries(one)))
    sums.set(kind, (sums.get(kind) ?? 0) + count)
  return Object.fromEntries(sums)
}
