import { fitMarginal } from '../../metrics/energy/energy-per-item.ts'
import { fullName } from '../case-name.ts'
import { poolTrials } from '../pool.ts'
import { formatNumber, formatQuantity, formatShare } from '../quantity.ts'
import type { AnalysisTable, CaseResult, CostReport, EnergyReport, RunResult, Trial } from '../result.ts'

/** What a case's repeats drew and cost together. */
interface EfficientCase {
  readonly case: CaseResult
  readonly trials: readonly Trial[]
  /** Over all repeats: joules and grams over items. */
  readonly perItem: number | null
  readonly dynamicPerItem: number | null
  readonly carbonPerItem: number | null
  readonly power: number | null
  readonly itemsPerSecond: number | null
  readonly p99: number | null
  readonly cost: CostReport | null
  readonly perMillion: number | null
}

/** Energy, carbon and cost of every case that has any: what an item takes, and which cases nothing else beats. */
export function analyseEfficiency(result: RunResult): readonly AnalysisTable[] {
  const trials = Map.groupBy(result.trials, ({ caseId }) => caseId)
  const cases = result.cases
    .map((one) => efficiencyOf(one, trials.get(one.id) ?? []))
    .filter(({ trials: own }) => own.some(({ energy, cost }) => energy !== null || cost !== null))
  if (cases.length === 0) return []
  const hasEnergy = cases.some(({ perItem }) => perItem !== null)
  const hasCost = cases.some(({ cost }) => cost !== null)
  const best = paretoOf(cases)
  const mark = column(
    'best',
    null,
    (one) => (best.has(one) ? 'yes' : ''),
    'No other case is as good in p99, energy and cost, and better in one of them.',
  )
  const marks = cases.length > 1 ? [mark] : []
  return [
    ...(hasEnergy
      ? [
          tableOf(
            'energy',
            'Energy and carbon',
            [CASE, ...ENERGY_COLUMNS, ...(hasCost ? [] : marks)],
            cases,
            [...energyNotes(cases), ...marginalNotes(cases)],
          ),
        ]
      : []),
    ...(hasCost
      ? [tableOf('cost', 'Cost', [CASE, ...costColumns(cases), ...marks], cases, costNotes(cases))]
      : []),
  ]
}

function tableOf(
  name: string,
  title: string,
  columns: readonly Column[],
  cases: readonly EfficientCase[],
  notes: readonly string[],
): AnalysisTable {
  return {
    name,
    title,
    columns: columns.map((one) => ({
      name: one.name,
      unit: one.unit,
      ...(one.description === undefined ? {} : { description: one.description }),
    })),
    rows: cases.map((one) => columns.map(({ read }) => read(one))),
    notes,
  }
}

interface Column {
  readonly name: string
  readonly unit: string | null
  readonly description?: string
  read(one: EfficientCase): number | string | null
}

function column(name: string, unit: string | null, read: Column['read'], description?: string): Column {
  return { name, unit, read, ...(description === undefined ? {} : { description }) }
}

const CASE = column('case', null, ({ case: one }) => fullName(one))
const GOODPUT = column(
  'goodput',
  '1/s',
  ({ itemsPerSecond }) => itemsPerSecond,
  'Correct items in time, per second.',
)
const P99 = column('p99', 'ns', ({ p99 }) => p99)
const ENERGY_COLUMNS: readonly Column[] = [
  GOODPUT,
  P99,
  column('power', 'W', ({ power }) => power),
  column('per item', 'J', ({ perItem }) => perItem, 'All energy over completed items.'),
  column(
    'dynamic',
    'J',
    ({ dynamicPerItem }) => dynamicPerItem,
    'Without what the machine drew before the load; null: not measured.',
  ),
  column('carbon', 'g', ({ carbonPerItem }) => carbonPerItem, 'CO2e per item.'),
]

function costColumns(cases: readonly EfficientCase[]): readonly Column[] {
  const currency = cases.find(({ cost }) => cost !== null)?.cost?.currency ?? null
  const has = (read: (cost: CostReport) => unknown): boolean =>
    cases.some(({ cost }) => cost !== null && read(cost) !== null)
  return [
    GOODPUT,
    P99,
    column('nodes', null, ({ cost }) => nodesOf(cost)),
    column('per month', currency, ({ cost }) => cost?.perMonth ?? null),
    column(
      'per million',
      currency,
      ({ perMillion }) => perMillion,
      'Of items that were correct and in time.',
    ),
    ...(has(({ demand }) => demand)
      ? [
          column(
            'targets',
            null,
            ({ cost }) => cost?.demand?.targets ?? null,
            'For the demand, with its headroom.',
          ),
          column('their month', currency, ({ cost }) => cost?.demand?.perMonth ?? null),
        ]
      : []),
  ]
}

function nodesOf(cost: CostReport | null): string | null {
  if (cost === null) return null
  const shape = cost.price?.shape ?? cost.model
  return cost.nodes === 1 ? shape : `${cost.nodes} × ${shape}`
}

function efficiencyOf(one: CaseResult, trials: readonly Trial[]): EfficientCase {
  const sound = trials.filter(({ verdict, role }) => verdict.validity !== 'invalid' && role === 'measurement')
  const used = sound.length > 0 ? sound : trials
  const drawn = used.flatMap(({ energy }) => energy ?? [])
  const costs = used.flatMap(({ cost }) => cost ?? [])
  const pooled = one.pooled ?? (used.length === 0 ? null : poolTrials(used))
  return {
    case: one,
    trials: used,
    perItem: overItems(drawn, ({ energy }) => energy),
    dynamicPerItem: overItems(drawn, (energy) => {
      const count = itemsOf(energy)
      return energy.dynamicPerItem === null || count === null ? null : energy.dynamicPerItem * count
    }),
    carbonPerItem: overItems(drawn, ({ carbon }) => carbon?.total ?? null),
    power: mean(drawn.map(({ power }) => power)),
    itemsPerSecond:
      pooled === null || pooled.goodput === null ? null : pooled.goodput * (pooled.items.perRequest ?? 1),
    p99: pooled?.responseTime.p99 ?? null,
    cost: costs[0] ?? null,
    perMillion: mean(costs.flatMap(({ perMillion }) => perMillion ?? [])),
  }
}

/** Completed items, from what they drew. */
function itemsOf({ energy, perItem }: EnergyReport): number | null {
  return perItem === null || perItem === 0 ? null : energy / perItem
}

/** A sum over all repeats, over all of their items. */
function overItems(
  drawn: readonly EnergyReport[],
  read: (energy: EnergyReport) => number | null,
): number | null {
  let sum = 0
  let items = 0
  for (const energy of drawn) {
    const value = read(energy)
    const count = itemsOf(energy)
    if (value === null || count === null) return null
    sum += value
    items += count
  }
  return items > 0 ? sum / items : null
}

/** Cases that no other one matches in everything and beats in something. */
function paretoOf(cases: readonly EfficientCase[]): ReadonlySet<EfficientCase> {
  const measures = [
    ({ p99 }: EfficientCase) => p99,
    ({ perItem }: EfficientCase) => perItem,
    ({ perMillion }: EfficientCase) => perMillion,
  ].filter((read) => cases.every((one) => read(one) !== null))
  const beats = (one: EfficientCase, other: EfficientCase): boolean => {
    const pairs = measures.map((read) => [read(one) as number, read(other) as number] as const)
    return pairs.every(([a, b]) => a <= b) && pairs.some(([a, b]) => a < b)
  }
  return new Set(cases.filter((one) => !cases.some((other) => beats(other, one))))
}

function energyNotes(cases: readonly EfficientCase[]): readonly string[] {
  const drawn = cases.flatMap(({ trials }) => trials.flatMap(({ energy }) => energy ?? []))
  const [first] = drawn
  if (first === undefined) return []
  const sources = [
    ...new Set(
      drawn.flatMap((energy) => energy.sources.filter(({ used }) => used).map(({ gauge }) => gauge)),
    ),
  ]
  const least = Math.min(...drawn.map(({ coverage }) => coverage))
  const { carbon } = first
  const what =
    first.scope === 'system'
      ? 'the whole machine'
      : `${first.includes.join(' and ')} alone: the rest of the machine is not in it`
  return [
    `Energy of ${what}, by ${sources.join(', ')}${drawn.some(({ estimated }) => estimated) ? ', of which some is an estimate by a model, not measured' : ''}; read for ${formatShare(least)} of the time.`,
    ...(carbon === null
      ? []
      : [
          `Carbon: ${formatNumber(carbon.intensity)} g CO2e/kWh (${[carbon.region, carbon.kind, carbon.year, carbon.source].filter((part) => part !== null).join(', ')}), PUE ${formatNumber(carbon.pue)}.`,
        ]),
  ]
}

/** What one more item takes: power over throughput, for each scenario that was measured at three loads or more. */
function marginalNotes(cases: readonly EfficientCase[]): readonly string[] {
  const scenarios = Map.groupBy(cases, ({ case: one }) => one.path.join(' > '))
  return [...scenarios].flatMap(([name, own]) => {
    const loads = own.flatMap(({ power, perItem }) =>
      power === null || perItem === null || perItem === 0 ? [] : [{ power, itemsPerSecond: power / perItem }],
    )
    const fit = fitMarginal(loads)
    if (fit === null) return []
    return [
      `${name}: one more item takes ${formatQuantity(fit.perItem, 'J')}, beside ${formatQuantity(fit.base, 'W')} whatever the load: a line through ${loads.length} cases, which explains ${formatShare(fit.fit)} of their differences.`,
    ]
  })
}

function costNotes(cases: readonly EfficientCase[]): readonly string[] {
  const costs = cases.flatMap(({ cost }) => cost ?? [])
  const sources = new Set(
    costs.flatMap(({ price }) =>
      price === null
        ? []
        : [
            [
              price.provider,
              price.region,
              price.pricing,
              price.asOf === null ? null : `as of ${price.asOf}`,
              price.source,
            ]
              .filter((part) => part !== null)
              .join(', '),
          ],
    ),
  )
  const [first] = costs
  if (first === undefined) return []
  const used =
    first.utilization < 1
      ? ` At ${formatShare(first.utilization)} of that throughput an item costs ${formatNumber(1 / first.utilization)} times as much.`
      : ''
  return [
    ...[...sources].map((source) => `Prices: ${source}.`),
    ...budgetNotes(cases),
    `A month has ${formatNumber(first.hoursPerMonth)} hours. Cost per million is at the throughput inside the SLO that was measured, with nothing idle.${used}`,
  ]
}

/** Cases at equal cost, those first that serve the most for it. */
function budgetNotes(cases: readonly EfficientCase[]): readonly string[] {
  const ranked = cases
    .flatMap(({ case: one, cost }) => {
      const items = cost?.budget?.items ?? null
      return cost === null || cost.budget === null || items === null
        ? []
        : [{ name: fullName(one), items, amount: cost.budget.amount, currency: cost.currency }]
    })
    .sort((one, other) => other.items - one.items)
  const [first] = ranked
  if (first === undefined || ranked.length < 2) return []
  if (ranked.some(({ amount, currency }) => amount !== first.amount || currency !== first.currency)) return []
  const places = ranked.map(({ name, items }, index) => `${index + 1}. ${name} (${formatNumber(items)})`)
  return [
    `Items per month for ${formatQuantity(first.amount, first.currency)}, in whole targets: ${places.join(', ')}.`,
  ]
}

function mean(values: readonly number[]): number | null {
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
