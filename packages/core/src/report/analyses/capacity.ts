import type { CapacityDemand } from '../../dsl/capacity-plan.ts'
import type { SloTerm } from '../../slo/slo-plan.ts'
import {
  serviceRateOf,
  sharedCapacity,
  sharedServers,
  type ResponseLimit,
} from '../../stats/queueing/pooling.ts'
import { fullName } from '../case-name.ts'
import { formatNumber, formatRate, formatShare } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { axisScale } from './sampled-range.ts'
import type { SearchOutcome, SearchResult } from '../search-result.ts'

/** Outcomes whose answer holds, but may be less than a machine can take. */
const LOWER_BOUNDS: ReadonlySet<SearchOutcome> = new Set(['above-range', 'generator-limited'])
const USABLE: ReadonlySet<SearchOutcome> = new Set(['found', 'non-monotone', ...LOWER_BOUNDS])
const MOST_POOLED = 1024

/** Machines for the demand of every search that has one, and what a shared queue would save. */
export function planCapacities(result: RunResult): readonly AnalysisTable[] {
  const asked = result.searches.flatMap((search) =>
    search.plan === undefined ? [] : [{ search, demand: search.plan }],
  )
  return planSearches(result, asked)
}

/** The same for one demand and all searches of a result. */
export function planDemand(result: RunResult, demand: CapacityDemand): readonly AnalysisTable[] {
  return planSearches(
    result,
    result.searches.map((search) => ({ search, demand })),
  )
}

interface Asked {
  readonly search: SearchResult
  readonly demand: CapacityDemand
}

function planSearches(result: RunResult, asked: readonly Asked[]): readonly AnalysisTable[] {
  if (asked.length === 0) return []
  const planned = asked.map((one) => ({ ...one, limits: limitsOf(one.search, result) }))
  const pooled = planned.flatMap(({ search, demand, limits }) => poolingTable(search, demand, limits))
  return [
    {
      name: 'capacity-plan',
      title: 'Machines for the demand',
      columns: [
        { name: 'case', unit: null },
        { name: 'demand', unit: '1/s' },
        {
          name: 'per machine',
          unit: '1/s',
          description: 'What one machine takes inside the SLO, as measured.',
        },
        { name: 'headroom', unit: '1', description: 'Share of that which stays free.' },
        {
          name: 'machines',
          unit: null,
          description: '⌈demand ÷ (per machine × (1 − headroom))⌉, each with a queue of its own.',
        },
        {
          name: 'fewest',
          unit: null,
          description: 'If a machine took as much as the lowest load that is known to fail; null: not known.',
        },
        { name: 'spares', unit: null },
        { name: 'in all', unit: null },
        {
          name: 'one queue',
          unit: null,
          description:
            'Machines without spares if all shared one queue: M/M/c with exponential service times.',
        },
      ],
      rows: planned.map(({ search, demand, limits }) => rowOf(search, demand, limits)),
      notes: notesOf(planned),
    },
    ...pooled,
  ]
}

function rowOf(
  search: SearchResult,
  { demand, headroom, spares }: CapacityDemand,
  limits: readonly ResponseLimit[],
): AnalysisTable['rows'][number] {
  const name = fullName(search)
  const each = capacityOf(search)
  if (each === null) return [name, demand, null, headroom, null, null, spares, null, null]
  const machines = machinesFor(demand, each, headroom)
  const most = search.vary === 'rate' ? (search.answer?.interval[1] ?? null) : null
  const shared =
    limits.length === 0 ? null : sharedServers(demand / (1 - headroom), serviceRateOf(each, limits), limits)
  return [
    name,
    demand,
    each,
    headroom,
    machines,
    most === null ? null : machinesFor(demand, most, headroom),
    spares,
    machines + spares,
    shared,
  ]
}

/** What one machine takes, per second; `null` without an answer that holds. */
function capacityOf({ outcome, answer, vary }: SearchResult): number | null {
  if (answer === null || !USABLE.has(outcome)) return null
  const value = vary === 'rate' ? answer.value : answer.throughput
  return value !== null && value > 0 ? value : null
}

/** A demand of exactly n machines is n, whatever the last digit of a quotient says. */
export function machinesFor(demand: number, each: number, headroom: number): number {
  return Math.max(1, Math.ceil((demand / (each * (1 - headroom))) * (1 - 1e-12)))
}

/** Limits on the response time of a single stream: what a model of a queue can be held against. */
function limitsOf({ answer }: SearchResult, result: RunResult): readonly ResponseLimit[] {
  const trial = result.trials.find(({ id }) => answer?.trials.includes(id))
  const streams = Object.values(trial?.plan.streams ?? {})
  return streams.length === 1 ? (streams[0]?.slo?.terms ?? []).flatMap(limitOf) : []
}

function limitOf(term: SloTerm): readonly ResponseLimit[] {
  if (term.metric !== 'responseTime' || term.statistic === 'max') return []
  const percentile = term.statistic === 'mean' ? null : term.statistic.percentile
  return percentile === 100 ? [] : [{ percentile, seconds: term.limit / 1e9 }]
}

/** What c machines take inside the SLO, as c queues and as one. */
function poolingTable(
  search: SearchResult,
  { demand, headroom }: CapacityDemand,
  limits: readonly ResponseLimit[],
): readonly AnalysisTable[] {
  const each = capacityOf(search)
  if (each === null || limits.length === 0) return []
  const services = serviceRateOf(each, limits)
  const needed = machinesFor(demand, each, headroom)
  return [
    {
      name: 'pooling',
      title: `${fullName(search)}: one queue for several machines, by M/M/c`,
      columns: [
        { name: 'machines', unit: null },
        {
          name: 'own queues',
          unit: '1/s',
          description: 'What they take inside the SLO, each with its own queue.',
        },
        { name: 'one queue', unit: '1/s', description: 'What they take inside the SLO behind one queue.' },
        { name: 'gain', unit: '1', description: 'One queue over own queues, less 1.' },
        { name: 'busy, own', unit: '1', description: 'Utilisation with own queues.' },
        { name: 'busy, one', unit: '1', description: 'Utilisation with one queue.' },
      ],
      rows: sizesUpTo(needed).map((servers) => {
        const own = servers * each
        const one = servers === 1 ? own : sharedCapacity(servers, services, limits)
        return [servers, own, one, one / own - 1, each / services, one / (servers * services)]
      }),
      notes: [
        `A model, not a measurement: Poisson arrivals, and machines that serve ${formatRate(services)} when busy, with exponential times; that is the M/M/1 server whose limit is the measured ${formatRate(each)}. Machines that serve several requests at once gain less.`,
      ],
      plots: [
        {
          name: 'pooling',
          title: 'What machines take inside the SLO, with own queues and with one',
          x: { title: 'machines', unit: null, scale: axisScale(sizesUpTo(needed)) },
          y: { title: 'load inside the SLO', unit: '1/s', scale: axisScale(sizesUpTo(needed)) },
          layers: [
            { mark: 'line', x: 'machines', y: 'own queues', label: 'own queues' },
            { mark: 'line', x: 'machines', y: 'one queue', label: 'one queue' },
          ],
        },
      ],
    },
  ]
}

/** Powers of two up to what is needed, and that itself. */
function sizesUpTo(needed: number): readonly number[] {
  const sizes: number[] = []
  for (let size = 1; size < Math.min(needed, MOST_POOLED); size *= 2) sizes.push(size)
  return [...sizes, Math.min(needed, MOST_POOLED)]
}

function notesOf(
  planned: readonly (Asked & { readonly limits: readonly ResponseLimit[] })[],
): readonly string[] {
  const notes = planned.flatMap(({ search, limits }) => {
    const name = fullName(search)
    if (capacityOf(search) === null) {
      const failed = search.outcome === 'unconfirmed' || search.answer === null
      return [
        `${name}: no plan, ${failed ? `the search ended as ${search.outcome}` : `the search is ${search.outcome}`}.`,
      ]
    }
    return [
      ...(LOWER_BOUNDS.has(search.outcome)
        ? [
            `${name}: one machine takes at least what is shown (${search.outcome}): so many machines are enough, fewer may be.`,
          ]
        : []),
      ...(search.outcome === 'non-monotone'
        ? [
            `${name}: the SLO fails at some loads and holds at higher ones: what is shown is the end of the first range.`,
          ]
        : []),
      ...(limits.length === 0
        ? [
            `${name}: no limit on the response time of a single stream, so nothing to hold a model of one queue against.`,
          ]
        : []),
    ]
  })
  const [first] = planned
  const headroom = first?.demand.headroom ?? 0
  return [
    ...notes,
    `Capacity is what was measured inside the SLO, not at saturation; ${formatShare(headroom)} of it stay free for what a benchmark has not: bursts, deployments, uneven balancing. ${formatNumber(1 / (1 - headroom))} times the demand is planned for.`,
  ]
}
