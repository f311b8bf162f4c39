import { fullName } from '../case-name.ts'
import type { AnalysisTable, CaseResult, Metrics, ReplicaMetrics, RunResult } from '../result.ts'

/** For every case whose target has replicas: each of them apart. */
export function analyseReplicas(result: RunResult): readonly AnalysisTable[] {
  return result.cases.flatMap((one) =>
    streamsOf(one).flatMap(([stream, { replicas }]) =>
      replicas === undefined ? [] : [tableOf(one, stream, replicas)],
    ),
  )
}

function streamsOf(one: CaseResult): readonly (readonly [stream: string | null, metrics: Metrics])[] {
  if (one.streams !== undefined) return Object.entries(one.streams)
  return one.pooled === null ? [] : [[null, one.pooled]]
}

function tableOf(one: CaseResult, stream: string | null, replicas: readonly ReplicaMetrics[]): AnalysisTable {
  const due = replicas.reduce((sum, { counts }) => sum + counts.due, 0)
  return {
    name: 'replicas',
    title: `${fullName(one)}${stream === null ? '' : ` · stream ${stream}`}: replica by replica`,
    columns: [
      { name: 'replica', unit: null },
      { name: 'due', unit: null, description: 'Requests that went to it.' },
      { name: 'share', unit: '1' },
      { name: 'completed', unit: null },
      { name: 'errors', unit: null, description: 'Failed, timed out or still open at the end.' },
      { name: 'p50', unit: 'ns', description: 'Of the response time of its completed requests.' },
      { name: 'p99', unit: 'ns' },
      { name: 'in flight', unit: '', description: 'Mean.' },
    ],
    rows: replicas.map(({ name, counts, responseTime, inFlight }) => [
      name,
      counts.due,
      due === 0 ? null : counts.due / due,
      counts.completed,
      counts.due - counts.completed,
      responseTime.p50,
      responseTime.p99,
      inFlight.mean,
    ]),
    notes: replicas.flatMap(({ name, counts, failures }) => {
      const errors = counts.due - counts.completed
      if (errors === 0) return []
      const kinds = Object.entries(failures).map(([kind, count]) => `${count} ${kind}`)
      return [
        `${name}: ${errors} of its ${counts.due} requests did not complete${kinds.length === 0 ? '' : ` (${kinds.join(', ')})`}.`,
      ]
    }),
  }
}
