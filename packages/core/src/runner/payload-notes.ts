import type { EncodedRing } from '../aide/protocol.ts'
import type { ServerStatistics } from '../hooks/server.ts'
import { formatShare } from '../report/quantity.ts'
import type { DatasetReport, VerdictReason } from '../report/result.ts'

/** One stream's payloads, and whether its server says that it answers equal requests from a cache. */
export interface SentPayloads {
  readonly ring: Pick<EncodedRing, 'distinct' | 'datasets'>
  readonly caches: boolean
  /** Requests that were sent, over the ring again and again. */
  readonly sent: number
}

/** What payloads say about the numbers: answers that came from a cache, and rows of data sets that were left out. */
export function payloadNotes(
  streams: readonly SentPayloads[],
  statistics: { readonly before: ServerStatistics | null; readonly after: ServerStatistics | null },
): readonly VerdictReason[] {
  const hits = cacheCount(statistics, 'cacheHit')
  const lookups = hits + cacheCount(statistics, 'cacheMiss')
  return [
    ...(hits > 0 ? [hitsNote(hits, lookups)] : streams.flatMap((stream) => equalNote(stream, lookups))),
    ...streams.flatMap(({ ring }) => ring.datasets ?? []).flatMap(rowsNote),
  ]
}

function rowsNote({ file, rows, bad, firstBad }: DatasetReport): readonly VerdictReason[] {
  if (bad === 0) return []
  return [
    {
      code: 'dataset-rows',
      severity: 'note',
      message: `${bad} of ${rows} rows of '${file}' could not be used; the first: ${firstBad}.`,
      advice: 'Correct them, or make sure that those that are left stand for all.',
    },
  ]
}

function hitsNote(hits: number, lookups: number): VerdictReason {
  return {
    code: 'response-cache',
    severity: 'suspect',
    message: `The server answered ${formatShare(hits / lookups)} of ${lookups} requests from its response cache: the model did not run for them.`,
    advice: MORE,
  }
}

/** Without hits, misses show that the cache does not matter; without either, nobody knows. */
function equalNote({ ring, caches, sent }: SentPayloads, lookups: number): readonly VerdictReason[] {
  if (!caches || lookups > 0 || sent <= ring.distinct) return []
  const one = ring.distinct === 1
  return [
    {
      code: 'equal-payloads',
      severity: one ? 'suspect' : 'note',
      message: `The server says that it answers equal requests from a cache, and ${one ? 'one payload was' : `${ring.distinct} payloads were`} sent ${sent} times.`,
      advice: MORE,
    },
  ]
}

const MORE =
  'Send more payloads that differ (`payloads.count`, and `distinct` of the input), or turn the cache off.'

function cacheCount(
  { before, after }: { readonly before: ServerStatistics | null; readonly after: ServerStatistics | null },
  name: 'cacheHit' | 'cacheMiss',
): number {
  const count = (statistics: ServerStatistics | null): number =>
    Object.values(statistics?.models ?? {}).reduce((sum, model) => sum + (model[name]?.count ?? 0), 0)
  return before === null || after === null ? 0 : Math.max(0, count(after) - count(before))
}
