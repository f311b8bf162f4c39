import type { JsonValue } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { Plot } from '../plot.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { axesOf, without } from './axis-series.ts'
import { energyPerItem } from './energy-of-trials.ts'
import { scenariosOf, type RepeatedCase, type ScenarioCases } from './measured-scenarios.ts'
import { gaugesOf } from './sound-cases.ts'
import { workedModels } from './worked-models.ts'

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
  const shares = peakShares(result)
  return scenariosOf(result).flatMap((scenario) => {
    const maps = mapsOf(scenario)
    return maps.slice(0, MOST_MAPS).map((map) => tableOf(scenario.title, map, shares))
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

/** By the id of a case. */
type PeakShares = ReadonlyMap<string, number>

/** What models have computed per second, over what their device can do: where both are known, and there is one of each. */
function peakShares(result: RunResult): PeakShares {
  const models = Map.groupBy(workedModels(result), ({ one }) => one.id)
  return new Map(
    [...models].flatMap(([id, [model, ...others]]) => {
      const [device, ...more] = model?.report.devices ?? []
      const rate = model?.metrics.items.throughput ?? null
      if (model === undefined || device === undefined || rate === null) return []
      return others.length + more.length > 0 ? [] : [[id, (rate * model.report.flops) / device.peak] as const]
    }),
  )
}

function tableOf(title: string, map: HeatMap, shares: PeakShares): AnalysisTable {
  const { x, y, rest, cases } = map
  const measures = measuresOf(cases, shares).filter(({ read }) => cases.some((one) => read(one) !== null))
  const rows = valuesOf(map, y).flatMap((row) =>
    valuesOf(map, x).map((column): readonly JsonValue[] => {
      const found = cases.find(({ one }) => one.case[x] === column && one.case[y] === row)
      return [
        column,
        row,
        ...measures.map(({ read }) => (found === undefined ? null : read(found))),
        ...(found === undefined ? ['left out', 'Not part of the matrix.'] : reasonOf(found)),
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
      { name: 'state', unit: null, description: 'In a word, unless it is valid.' },
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
    name:
      name
        .toLowerCase()
        .match(/[a-z0-9]+/g)
        ?.join('-') ?? 'cells',
    title,
    x: { title: x, unit: null, scale: 'category' },
    y: { title: y, unit: null, scale: 'category' },
    layers: [
      {
        mark: 'cells',
        x,
        y,
        value: name,
        text: 'state',
        label: unit === null ? title : `${title}, ${unit}`,
      },
    ],
    notes: ['Hatched cells have no value: they failed, were skipped, or were measured badly.'],
  }
}

/** Of a case without numbers: what became of it, and why. Of a suspect one: what is suspected. */
function reasonOf({ one, repeats }: RepeatedCase): readonly [state: string | null, reason: string | null] {
  const { validity, reasons } = one.verdict
  const broken = repeats.find((trial) => trial.error !== null)
  if (one.pooled === null && broken?.error != null) return [broken.state, broken.error.message]
  if (validity === 'valid') return [null, null]
  return [validity, reasons.find(({ severity }) => severity === validity)?.message ?? null]
}

function measuresOf(cases: readonly RepeatedCase[], peakShare: PeakShares): readonly Measure[] {
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
    {
      name: 'of peak',
      title: 'FLOP/s as a share of the dense peak of the device',
      unit: '1',
      read: ({ one }) => peakShare.get(one.id) ?? null,
    },
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
