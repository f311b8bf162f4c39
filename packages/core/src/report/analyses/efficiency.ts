import { fitMarginal } from '../../metrics/energy/energy-per-item.ts'
import { fullName } from '../case-name.ts'
import { formatNumber, formatQuantity, formatShare } from '../quantity.ts'
import type { AnalysisTable, CostReport, RunResult } from '../result.ts'
import { efficientCases, type EfficientCase } from './efficient-cases.ts'
import { compareCases, paretoTables } from './pareto.ts'

/** Energy, carbon and cost of every case that has any: what an item takes, and which cases nothing else beats. */
export function analyseEfficiency(result: RunResult): readonly AnalysisTable[] {
  const cases = efficientCases(result)
  if (cases.length === 0) return []
  const hasEnergy = cases.some(({ perItem }) => perItem !== null)
  const hasCost = cases.some(({ cost }) => cost !== null)
  const pareto = compareCases(cases)
  const best = new Set(pareto.flatMap(({ one, beatenBy }) => (beatenBy.length === 0 ? one : [])))
  const mark = column(
    'best',
    null,
    (one) => (best.has(one) ? 'yes' : ''),
    'No other case is better in goodput, p99, energy or cost, and as good in all of them.',
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
    ...(hasEnergy ? formulaTable(cases) : []),
    ...(cases.length > 1 ? paretoTables(pareto) : []),
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
    if (!(fit.perItem > 0)) {
      return [`${name}: power did not rise with throughput: what one more item takes cannot be told.`]
    }
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
    `A month has ${formatNumber(first.hoursPerMonth)} hours. Cost per million is at the throughput inside the SLO that was measured, with nothing idle.${used}`,
  ]
}

/** The formula of articles beside the right one, with what links them. */
function formulaTable(cases: readonly EfficientCase[]): readonly AnalysisTable[] {
  const rows = cases.flatMap(({ case: one, perItem, trials }) => {
    const articles = trials.flatMap(({ energy, items }) =>
      energy === null ||
      energy.perItem === null ||
      energy.powerTimesResponse === null ||
      energy.inFlight === null
        ? []
        : [
            {
              ...energy,
              perItem: energy.perItem,
              article: energy.powerTimesResponse,
              inFlight: energy.inFlight,
              items,
            },
          ],
    )
    const [first] = articles
    if (perItem === null || first === undefined) return []
    const { article, inFlight, items } = first
    const factor = inFlight * (items.perRequest ?? 1)
    return [
      [
        fullName(one),
        first.perItem,
        article,
        inFlight,
        items.perRequest,
        factor > 0 ? article / first.perItem / factor : null,
      ],
    ]
  })
  if (rows.length === 0) return []
  return [
    {
      name: 'energy-formulas',
      title: 'Energy by the formula of articles, and what links it to the measured one',
      columns: [
        { name: 'case', unit: null },
        {
          name: 'per item',
          unit: 'J',
          description: 'Measured: all energy over completed items; of the first repeat.',
        },
        {
          name: 'power × mean',
          unit: 'J',
          description: 'Mean power × mean response time: right for one request in flight.',
        },
        {
          name: 'in flight',
          unit: '',
          description: 'Mean number of requests: the factor between the two, with the items of a request.',
        },
        { name: 'items', unit: '', description: 'Per request.' },
        {
          name: 'ratio',
          unit: '',
          description:
            'The article’s over the measured one, over these factors: 1 up to what crosses the ends of the window.',
        },
      ],
      rows,
      notes: [],
    },
  ]
}
