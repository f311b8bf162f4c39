import type { Metrics, Trial } from '../result.ts'

/** Mean time of a request on the server by its own account, ns; `total` = the parts + `other`. */
export interface ServerTime {
  readonly total: number
  /** In their order; those that the server does not tell apart are missing. */
  readonly parts: readonly { readonly name: ServerPart; readonly mean: number }[]
}

export type ServerPart = 'queue' | 'input' | 'infer' | 'output' | 'compute' | 'other'

interface Counter {
  readonly count: number
  readonly ns: number
}

type Counted = Readonly<
  Record<'success' | 'queue' | 'computeInput' | 'computeInfer' | 'computeOutput', Counter>
>

/**
 * What the server says of the requests of a stream: by its counters over the measurement, which know most stages, else by
 * what it says with each answer. `null` where it says nothing, or not of all repeats in which requests succeeded.
 */
export function serverTimeOf(
  trials: readonly Trial[],
  stream: string,
  metrics: Pick<Metrics, 'serverQueue' | 'serverCompute'>,
): ServerTime | null {
  return byCounters(trials, stream) ?? byAnswers(metrics)
}

function byCounters(trials: readonly Trial[], stream: string): ServerTime | null {
  let requests = 0
  const sums = { total: 0, queue: 0, input: 0, infer: 0, output: 0 }
  for (const trial of trials) {
    const counted = countedOf(trial, stream)
    if (counted === null) {
      if (trial.counts.completed > 0) return null
      continue
    }
    requests += counted.success.count
    sums.total += counted.success.ns
    sums.queue += counted.queue.ns
    sums.input += counted.computeInput.ns
    sums.infer += counted.computeInfer.ns
    sums.output += counted.computeOutput.ns
  }
  const known = sums.queue + sums.input + sums.infer + sums.output
  if (requests === 0 || !(known > 0)) return null
  // A server that does not count whole requests has nothing but its stages.
  const total = sums.total > 0 ? sums.total : known
  const parts = (['queue', 'input', 'infer', 'output'] as const).map((name) => ({
    name,
    mean: sums[name] / requests,
  }))
  return {
    total: total / requests,
    parts: total === known ? parts : [...parts, { name: 'other', mean: (total - known) / requests }],
  }
}

/** Of the model that the stream asks; of the only one, where it names none. */
function countedOf({ server, plan }: Trial, stream: string): Counted | null {
  // Counters that were reset are no differences.
  if (server === null || server.counters === null || server.stages === null) return null
  const models = Object.entries(server.counters) as unknown as readonly (readonly [string, Counted])[]
  const wanted = plan.streams[stream]?.target.options['model']
  const named = models.find(([name]) => name === wanted)
  return (named ?? (models.length === 1 ? models[0] : undefined))?.[1] ?? null
}

function byAnswers({
  serverQueue,
  serverCompute,
}: Pick<Metrics, 'serverQueue' | 'serverCompute'>): ServerTime | null {
  const parts = [
    { name: 'queue' as const, mean: serverQueue.mean },
    { name: 'compute' as const, mean: serverCompute.mean },
  ].flatMap(({ name, mean }) => (mean === null ? [] : [{ name, mean }]))
  return parts.length === 0 ? null : { total: parts.reduce((sum, { mean }) => sum + mean, 0), parts }
}
