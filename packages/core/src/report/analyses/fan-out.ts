import { rankInterval } from '../../stats/interval/order-statistic.ts'
import { anyOf, fanOutPercentile } from '../../stats/quantile/fan-out.ts'
import { rankOf } from '../../stats/quantile/rank.ts'
import { fullName } from '../case-name.ts'
import { decodeHdr, type HdrHistogram } from '../hdr.ts'
import { formatCount } from '../quantity.ts'
import type { AnalysisTable, Metrics, RunResult } from '../result.ts'
import { soundCases } from './sound-cases.ts'

const SERVERS: readonly number[] = [1, 2, 5, 10, 50, 100]
/** With fewer requests the tail of one server is not known, let alone that of several. */
const FEWEST = 100

/** The population of a case, of which requests that did not complete are beyond all others. */
interface Population {
  readonly histogram: HdrHistogram
  readonly max: number
  readonly count: number
  /** Independent requests that these are worth. */
  readonly effective: number
}

/**
 * Response times of a request that asks n such servers and waits for the slowest, from the distribution that was measured.
 * Shown as text where the target has replicas, drawn for all.
 */
export function analyseFanOut(result: RunResult): readonly AnalysisTable[] {
  const cases = soundCases(result).flatMap(({ one, metrics }) => {
    const population = populationOf(metrics)
    return population === null ? [] : [{ one, metrics, population }]
  })
  if (cases.length === 0) return []
  const rows = cases.flatMap(({ one, metrics, population }) =>
    SERVERS.map((servers) => [fullName(one), servers, ...timesOf(population, metrics, servers)]),
  )
  const isSpread = cases.some(({ metrics }) => metrics.replicas !== undefined)
  const vague = rows.filter((row) => row[4] === null)
  return [
    {
      name: 'fan-out',
      title: 'The tail of requests that ask several such servers',
      columns: [
        { name: 'case', unit: null },
        { name: 'servers', unit: null, description: 'That are asked at once, of which the slowest decides.' },
        { name: 'percentile', unit: '', description: 'Of one server: the one that is p99 of the slowest.' },
        { name: 'p50', unit: 'ns', description: 'Of the slowest.' },
        {
          name: 'p99',
          unit: 'ns',
          description: 'Of the slowest; null: too far out for the requests that were measured, or failed.',
        },
        { name: 'low', unit: 'ns', description: '95 % interval of that p99.' },
        { name: 'high', unit: 'ns', description: 'null: nothing bounds it.' },
        {
          name: 'any slow',
          unit: '1',
          description: 'Requests with at least one server beyond the p99 of one.',
        },
        {
          name: 'any failed',
          unit: '1',
          description: 'Requests with at least one server that does not answer.',
        },
      ],
      rows,
      notes: isSpread
        ? [
            'A model, not a measurement: servers like the measured one, slow independently of each other. What makes all of them slow at once (load, a shared disk) makes this too dark.',
            ...(vague.length === 0
              ? []
              : [
                  `Not known for as many as ${formatCount(Math.min(...vague.map((row) => row[1] as number)))} servers and more everywhere: that takes more requests.`,
                ]),
          ]
        : [],
      plots: [
        {
          name: 'fan-out',
          title: 'p99 of a request that asks several servers',
          x: { title: 'Servers that are asked', unit: null, scale: 'log' },
          y: { title: 'p99 of the slowest', unit: 'ns', scale: 'log' },
          layers: [
            { mark: 'band', x: 'servers', low: 'low', high: 'high', group: 'case' },
            { mark: 'line', x: 'servers', y: 'p99', group: 'case' },
            { mark: 'points', x: 'servers', y: 'p99', group: 'case' },
          ],
          notes: ['Supposes that servers are slow independently of each other.'],
        },
      ],
      ...(isSpread ? {} : { plotOnly: true }),
    },
  ]
}

function populationOf({ responseTime, counts }: Metrics): Population | null {
  const { hdr, count, max, effectiveCount } = responseTime
  if (hdr === null || max === null || count < FEWEST) return null
  const lost = Math.max(0, counts.due - counts.completed)
  return {
    histogram: decodeHdr(hdr),
    max,
    count: count + lost,
    effective: Math.max(1, Math.round(((effectiveCount ?? count) * (count + lost)) / count)),
  }
}

function timesOf(population: Population, { counts }: Metrics, servers: number): readonly (number | null)[] {
  const percentile = fanOutPercentile(99, servers)
  const { effective } = population
  // Less than one request beyond it: the largest of them says nothing about it.
  const isKnown = population.count * (1 - percentile / 100) >= 1
  const { low, high } = rankInterval(percentile, effective)
  const at = (rank: number | null): number | null =>
    rank === null ? null : valueAt(population, Math.ceil((rank / effective) * population.count))
  const p99 = isKnown ? valueAt(population, rankOf(percentile, population.count)) : null
  return [
    percentile,
    valueAt(population, rankOf(fanOutPercentile(50, servers), population.count)),
    p99,
    p99 === null ? null : at(low),
    p99 === null ? null : at(high),
    anyOf(0.01, servers),
    counts.due === 0 ? null : anyOf(Math.max(0, counts.due - counts.completed) / counts.due, servers),
  ]
}

/** `null` among what did not complete. A bucket may reach beyond the largest sample. */
function valueAt({ histogram, max }: Population, rank: number): number | null {
  const value = histogram.valueAtRank(rank)
  return Number.isNaN(value) ? null : Math.min(value, max)
}
