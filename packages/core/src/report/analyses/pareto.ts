import { dominators, type Measure } from '../../stats/pareto/pareto-front.ts'
import { caseName, fullName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import { formatNumber, formatQuantity } from '../quantity.ts'
import type { AnalysisTable, Interval } from '../result.ts'
import { inverse, type EfficientCase } from './efficient-cases.ts'

/** A case among others: what it is compared by, and which of them are better. */
export interface ComparedCase {
  readonly one: EfficientCase
  readonly measures: Readonly<Record<MeasureName, Measure | null>>
  readonly beatenBy: readonly EfficientCase[]
  /** Among those with a budget, from 1, the first serving the most for it. */
  readonly place: number | null
}

type MeasureName = 'goodput' | 'p99' | 'per item' | 'carbon' | 'per million'

const MEASURES: readonly { readonly name: MeasureName; readonly isLess: boolean }[] = [
  { name: 'goodput', isLess: false },
  { name: 'p99', isLess: true },
  { name: 'per item', isLess: true },
  { name: 'carbon', isLess: true },
  { name: 'per million', isLess: true },
]

/**
 * Every case against every other one, by goodput, p99, energy, carbon and cost: what the intervals leave open is a tie. Energies of
 * other parts of a machine and prices in other currencies are not compared.
 */
export function compareCases(cases: readonly EfficientCase[]): readonly ComparedCase[] {
  const scopes = new Set(
    cases.flatMap(({ trials }) => trials.flatMap(({ energy }) => energy?.includes.join('+') ?? [])),
  )
  const currencies = new Set(cases.flatMap(({ cost }) => cost?.currency ?? []))
  const measured = cases.map((one) => ({
    goodput: measureOf(one.itemsPerSecond, one.goodputInterval),
    p99: measureOf(one.p99, one.p99Interval),
    'per item': scopes.size > 1 ? null : measureOf(one.perItem, one.perItemInterval),
    carbon: scopes.size > 1 ? null : measureOf(one.carbonPerItem, carbonInterval(one)),
    'per million': currencies.size > 1 ? null : measureOf(one.perMillion, costInterval(one)),
  }))
  const beaten = dominators(
    measured.map((measures) => MEASURES.map(({ name }) => measures[name])),
    MEASURES.map(({ isLess }) => isLess),
  )
  const places = budgetPlaces(cases)
  return cases.map((one, index) => ({
    one,
    measures: measured[index] as ComparedCase['measures'],
    beatenBy: (beaten[index] ?? []).map((position) => cases[position] as EfficientCase),
    place: places.get(one) ?? null,
  }))
}

function measureOf(value: number | null, interval: Interval | null): Measure | null {
  if (value === null) return null
  return interval === null
    ? { value, low: value, high: value }
    : { value, low: interval[0], high: interval[1] ?? Infinity }
}

/** Of one grid carbon is energy; cases of several grids differ in it alone. */
function carbonInterval({ perItem, perItemInterval, carbonPerItem }: EfficientCase): Interval | null {
  if (perItemInterval === null || perItem === null || carbonPerItem === null || !(perItem > 0)) return null
  const factor = carbonPerItem / perItem
  const [low, high] = perItemInterval
  return [low * factor, high === null ? null : high * factor]
}

/** Price is known; what it buys is known as well as the goodput. */
function costInterval({ perMillion, itemsPerSecond, goodputInterval }: EfficientCase): Interval | null {
  return perMillion === null || itemsPerSecond === null || goodputInterval === null
    ? null
    : inverse(perMillion, itemsPerSecond, goodputInterval)
}

/** At equal cost; none where budgets differ. */
function budgetPlaces(cases: readonly EfficientCase[]): ReadonlyMap<EfficientCase, number> {
  const ranked = cases
    .flatMap((one) => {
      const { cost } = one
      const items = cost?.budget?.items ?? null
      return cost === null || cost.budget === null || items === null
        ? []
        : [{ one, items, budget: `${cost.budget.amount} ${cost.currency}` }]
    })
    .toSorted((a, b) => b.items - a.items)
  if (ranked.length < 2 || new Set(ranked.map(({ budget }) => budget)).size > 1) return new Map()
  return new Map(
    ranked.map(({ one, items }) => [one, 1 + ranked.filter((other) => other.items > items).length] as const),
  )
}

/** The cases that nothing beats, those that something does, and pictures of the front. */
export function paretoTables(compared: readonly ComparedCase[]): readonly AnalysisTable[] {
  if (compared.length < 2) return []
  const nameOf = namesOf(compared)
  const currency = compared.find(({ one }) => one.cost !== null)?.one.cost?.currency ?? null
  const has = (name: MeasureName): boolean => compared.some(({ measures }) => measures[name] !== null)
  const shown = MEASURES.filter(({ name }) => has(name)).map(({ name }) => name)
  const hasPlaces = compared.some(({ place }) => place !== null)
  const units: Readonly<Record<MeasureName, string | null>> = {
    goodput: '1/s',
    p99: 'ns',
    'per item': 'J',
    carbon: 'g',
    'per million': currency,
  }
  return [
    {
      name: 'pareto',
      title: 'Which cases nothing else beats',
      columns: [
        { name: 'case', unit: null },
        ...shown.map((name) => ({ name, unit: units[name] })),
        ...(hasPlaces
          ? [
              {
                name: 'for budget',
                unit: '',
                description: 'Items per month that the budget pays for, in whole targets.',
              },
              { name: 'place', unit: null, description: 'By items for the same budget.' },
            ]
          : []),
        {
          name: 'beaten by',
          unit: null,
          description: 'A case that is worse in nothing and better in something, beyond all intervals.',
        },
      ],
      rows: compared.map(({ one, measures, beatenBy, place }) => [
        nameOf(one),
        ...shown.map((name) => measures[name]?.value ?? null),
        ...(hasPlaces ? [one.cost?.budget?.items ?? null, place] : []),
        beatenWords(beatenBy, nameOf),
      ]),
      notes: notesOn(compared, currency, nameOf),
    },
    pictureOf(compared, shown, units),
  ]
}

/** Without the path, where all share it. */
function namesOf(compared: readonly ComparedCase[]): (one: EfficientCase) => string {
  const paths = new Set(compared.map(({ one }) => JSON.stringify([one.case.file, one.case.path])))
  return ({ case: one }) => (paths.size === 1 ? caseName(one.case) : fullName(one))
}

function beatenWords(by: readonly EfficientCase[], nameOf: (one: EfficientCase) => string): string {
  const [first, ...others] = by
  if (first === undefined) return 'nothing'
  return `${nameOf(first)}${others.length === 0 ? '' : ` and ${others.length} more`}`
}

function notesOn(
  compared: readonly ComparedCase[],
  currency: string | null,
  nameOf: (one: EfficientCase) => string,
): readonly string[] {
  const front = compared.filter(({ beatenBy }) => beatenBy.length === 0)
  const budget = compared.find(({ place }) => place !== null)?.one.cost?.budget
  const mixed = new Set(compared.flatMap(({ one }) => one.cost?.currency ?? [])).size > 1
  const ranked = compared
    .filter(({ place }) => place !== null)
    .toSorted((a, b) => (a.place ?? 0) - (b.place ?? 0))
    .map(({ one, place }) => `${place}. ${nameOf(one)} (${formatNumber(one.cost?.budget?.items ?? null)})`)
  return [
    `${front.length} of ${compared.length} cases are beaten by nothing: what intervals leave open is a tie.`,
    ...(budget === undefined || budget === null
      ? []
      : [
          `Items per month for ${formatQuantity(budget.amount, currency)}, in whole targets: ${ranked.join(', ')}.`,
        ]),
    ...(mixed ? ['Prices in different currencies are not compared.'] : []),
  ]
}

/** Rows in the order of p99, so that the front of each picture is a line. */
function pictureOf(
  compared: readonly ComparedCase[],
  shown: readonly MeasureName[],
  units: Readonly<Record<MeasureName, string | null>>,
): AnalysisTable {
  const nameOf = namesOf(compared)
  const pictured = compared
    .filter(({ measures }) => measures.p99 !== null)
    .toSorted((a, b) => (a.measures.p99?.value ?? 0) - (b.measures.p99?.value ?? 0))
  const others = shown.filter((name) => name !== 'p99')
  const isOnFront = others.map((name) => {
    const isLess = MEASURES.find((measure) => measure.name === name)?.isLess ?? true
    const points = pictured.map(({ measures }) => [exact(measures.p99), exact(measures[name])])
    return dominators(points, [true, isLess]).map(
      (by, index) => by.length === 0 && points[index]?.[1] !== null,
    )
  })
  return {
    name: 'pareto-plot',
    title: 'Which cases nothing else beats: pictures',
    columns: [
      { name: 'case', unit: null },
      { name: 'beaten', unit: null },
      ...['p99' as const, ...others].flatMap((name) => [
        { name, unit: units[name] },
        { name: `${name}, low`, unit: units[name] },
        { name: `${name}, high`, unit: units[name] },
      ]),
      ...others.map((name) => ({ name: `front of ${name}`, unit: null })),
    ],
    rows: pictured.map(({ one, measures, beatenBy }, index) => [
      nameOf(one),
      beatenBy.length === 0 ? 'by nothing' : 'by another case',
      ...['p99' as const, ...others].flatMap((name) => {
        const measure = measures[name]
        if (measure === null) return [null, null, null]
        return [measure.value, measure.low, Number.isFinite(measure.high) ? measure.high : null]
      }),
      ...isOnFront.map((front) => front[index] === true),
    ]),
    notes: [],
    plots: others.map((name) => plotOf(name, units[name])),
    plotOnly: true,
  }
}

function exact(measure: Measure | null): Measure | null {
  return measure === null ? null : { value: measure.value, low: measure.value, high: measure.value }
}

const TITLES: Readonly<Record<MeasureName, string>> = {
  goodput: 'Goodput',
  p99: 'p99 of the response time',
  'per item': 'Energy per item',
  carbon: 'CO2e per item',
  'per million': 'Cost per million items',
}

function plotOf(name: MeasureName, unit: string | null): Plot {
  return {
    name: `pareto-${name.replaceAll(' ', '-')}`,
    title: `${TITLES[name]} against p99`,
    x: { title: TITLES.p99, unit: 'ns', scale: 'log' },
    y: { title: TITLES[name], unit, scale: 'linear' },
    layers: [
      {
        mark: 'line',
        x: 'p99',
        y: name,
        where: { column: `front of ${name}`, is: true },
        label: 'front of these two',
        dashed: true,
      },
      {
        mark: 'points',
        x: 'p99',
        y: name,
        low: `${name}, low`,
        high: `${name}, high`,
        group: 'beaten',
        text: 'case',
      },
    ],
    notes: [
      'Beaten: another case is worse in none of all measures and better in one, beyond their intervals.',
    ],
  }
}
