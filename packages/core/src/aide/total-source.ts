import type { MetricsSource } from './stream-metrics.ts'
import { OrderedSamples } from './stream-samples.ts'

/** All streams of a trial as one population: their samples merged by intended start. */
export function totalSource(
  sources: readonly MetricsSource[],
  inFlight: MetricsSource['inFlight'],
): MetricsSource {
  const first = sources[0] as MetricsSource
  const outcomes = new Float64Array(first.outcomes.length)
  const failures: Record<string, number> = {}
  for (const source of sources) {
    for (let index = 0; index < outcomes.length; index++) outcomes[index]! += source.outcomes[index] as number
    for (const [name, count] of Object.entries(source.failures))
      failures[name] = (failures[name] ?? 0) + count
  }
  const sum = (value: (source: MetricsSource) => number): number =>
    sources.reduce((total, source) => total + value(source), 0)
  return {
    ...first,
    samples: OrderedSamples.merged(sources.map((source) => source.samples)),
    outcomes,
    failures,
    sent: sum((source) => source.sent),
    unexpected: sum((source) => source.unexpected),
    items: sum((source) => source.items),
    late: sum((source) => source.late),
    checks: {
      checked: sum((source) => source.checks.checked),
      incorrect: sum((source) => source.checks.incorrect),
      checkedInTime: sum((source) => source.checks.checkedInTime),
      incorrectInTime: sum((source) => source.checks.incorrectInTime),
    },
    strays: sources.flatMap((source) => source.strays),
    strayItems: sum((source) => source.strayItems),
    gaps: sources.flatMap((source) => source.gaps),
    // Streams may have deadlines of their own; the total judges by the strictest common reading: none.
    deadline: sources.every((source) => source.deadline === first.deadline) ? first.deadline : null,
    percentiles: [...new Set(sources.flatMap((source) => source.percentiles))],
    labels: [],
    inFlight,
  }
}
