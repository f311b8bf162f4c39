import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { axesOf, without } from './axis-series.ts'
import { energyPerItem } from './energy-of-trials.ts'
import { scenariosOf, type RepeatedCase, type ScenarioCases } from './measured-scenarios.ts'
import { gaugesOf } from './sound-cases.ts'

/** Fewer cells are a list. */
const FEWEST_CELLS = 4
/** Of a scenario: more are too many to look at. */
const MOST_MAPS = 12
/** Of the cells of a map that have to be there: axes that were varied one after the other have no map. */
const DENSE = 0.5

interface HeatMap {
  readonly x: string
  readonly y: string
  /** The values of the other axes. */
  readonly rest: string
  readonly cases: readonly RepeatedCase[]
}

interface Measure {
  readonly name: string
  readonly title: string
  readonly unit: string | null
  read(one: RepeatedCase): number | null
}

/**
 * What each pair of numbers brings, for every two axes of numbers (layers and batch, threads and users): a cell for each
 * case, with its reason where it could not be measured.
 */
export function drawHeatmaps(result: RunResult): readonly AnalysisTable[] {
  return scenariosOf(result).flatMap((scenario) => {
    const maps = mapsOf(scenario)
    return maps.slice(0, MOST_MAPS).map((map) => tableOf(scenario.title, map))
  })
}

function mapsOf({ cases }: ScenarioCases): readonly HeatMap[] {
  const axes = axesOf(cases.map(({ one }) => one)).filter((axis) => {
    const values = cases.map(({ one }) => one.case[axis])
    return new Set(values).size > 1 && values.every((value) => typeof value === 'number')
  })
  return axes.flatMap((y, index) =>
    axes.slice(index + 1).flatMap((x) => {
      const groups = Map.groupBy(cases, ({ one }) => caseName(without(one.case, x, y)))
      return [...groups]
        .map(([rest, group]) => ({ x, y, rest, cases: group }))
        .filter((map) => {
          const size = valuesOf(map, x).length * valuesOf(map, y).length
          return size >= FEWEST_CELLS && map.cases.length >= DENSE * size
        })
    }),
  )
}

function valuesOf({ cases }: HeatMap, axis: string): readonly number[] {
  return [...new Set(cases.map(({ one }) => one.case[axis] as number))].toSorted((a, b) => a - b)
}

function tableOf(title: string, map: HeatMap): AnalysisTable {
  const { x, y, rest, cases } = map
  const measures = measuresOf(cases).filter(({ read }) => cases.some((one) => read(one) !== null))
  const rows = valuesOf(map, y).flatMap((row) =>
    valuesOf(map, x).map((column): readonly JsonValue[] => {
      const found = cases.find(({ one }) => one.case[x] === column && one.case[y] === row)
      return [
        column,
        row,
        ...measures.map(({ read }) => (found === undefined ? null : read(found))),
        found === undefined ? 'not part of the matrix' : reasonOf(found),
      ]
    }),
  )
  return {
    name: 'heatmap',
    title: `${title}${rest === '' ? '' : ` > ${rest}`}: ${y} × ${x}`,
    columns: [
      { name: x, unit: null },
      { name: y, unit: null },
      ...measures.map(({ name, unit }) => ({ name, unit })),
      { name: 'reason', unit: null, description: 'Why there is no value, or why it is doubted.' },
    ],
    rows,
    notes: [],
    plots: measures.map((measure) => plotOf(measure, map)),
    plotOnly: true,
  }
}

function plotOf({ name, title, unit }: Measure, { x, y }: HeatMap): Plot {
  return {
    name: name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-'),
    title,
    x: { title: x, unit: null, scale: 'category' },
    y: { title: y, unit: null, scale: 'category' },
    layers: [
      {
        mark: 'cells',
        x,
        y,
        value: name,
        text: 'reason',
        label: unit === null ? title : `${title}, ${unit}`,
      },
    ],
    notes: ['Hatched cells have no value: they failed, were skipped, or were measured badly.'],
  }
}

/** Of a case without numbers: why. Of a suspect one: what is suspected. */
function reasonOf({ one, repeats }: RepeatedCase): string | null {
  const error = repeats.find((trial) => trial.error !== null)?.error
  if (one.pooled === null && error != null) return error.message
  if (one.verdict.validity === 'valid') return null
  return one.verdict.reasons.find(({ severity }) => severity === one.verdict.validity)?.message ?? null
}

function measuresOf(cases: readonly RepeatedCase[]): readonly Measure[] {
  const shares = new Set(
    cases.flatMap(({ trials }) =>
      trials.flatMap(({ gauges }) =>
        Object.entries(gauges).flatMap(([name, { unit }]) =>
          unit === '1' && /utili[sz]ation|busy/i.test(name) ? [name] : [],
        ),
      ),
    ),
  )
  return [
    ...[...shares].map((gauge) => ({
      name: gauge,
      title: `Mean of ${gauge}`,
      unit: '1',
      read: ({ trials }: RepeatedCase): number | null => gaugesOf(trials)[gauge]?.mean ?? null,
    })),
    {
      name: 'p50',
      title: 'Median response time',
      unit: 'ns',
      read: ({ one }) => one.pooled?.responseTime.p50 ?? null,
    },
    {
      name: 'p99',
      title: 'p99 of the response time',
      unit: 'ns',
      read: ({ one }) => one.pooled?.responseTime.p99 ?? null,
    },
    {
      name: 'throughput',
      title: 'Requests per second',
      unit: '1/s',
      read: ({ one }) => one.pooled?.throughput ?? null,
    },
    ...(cases.some(({ one }) => (one.pooled?.items.perRequest ?? 1) !== 1)
      ? [
          {
            name: 'items/s',
            title: 'Items per second',
            unit: '1/s',
            read: ({ one }: RepeatedCase): number | null => one.pooled?.items.throughput ?? null,
          },
        ]
      : []),
    { name: 'per item', title: 'Energy per item', unit: 'J', read: ({ trials }) => energyPerItem(trials) },
  ]
}
