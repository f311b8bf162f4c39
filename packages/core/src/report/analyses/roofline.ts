import {
  attainable,
  intensityOf,
  ridgePoint,
  workOfBatch,
  type IntensityMode,
  type Roof,
} from '../../hardware/roofline.ts'
import type { DeviceBound } from '../model-report.ts'
import type { Plot } from '../plot.ts'
import { formatNumber, formatQuantity } from '../quantity.ts'
import type { AnalysisTable, GaugeSummary, RunResult } from '../result.ts'
import { caseSeries } from './case-series.ts'
import { gaugesOf } from './sound-cases.ts'
import { workedModels, type WorkedModel } from './worked-models.ts'

const MODES: readonly IntensityMode[] = ['article', 'compulsory', 'streamed', 'measured']
/** How far roofs are drawn beyond the points and the ridges. */
const MARGIN = 4

/** One model of one case on one device: where it stands under the roofs. */
interface Standing {
  readonly model: WorkedModel
  /** Inferences per execution. */
  readonly batch: number
  /** FLOP per byte. */
  readonly intensities: Readonly<Record<IntensityMode, number | null>>
  /** FLOP/s: measured inferences per second × FLOP of one, and the interval that the throughput gives it. */
  readonly achieved: number
  readonly low: number | null
  readonly high: number | null
  readonly bound: Bound | null
}

/** `between`: memory if activations go through it, computing if they stay in caches. */
type Bound = 'compute' | 'memory' | 'between'

/**
 * For every device that the peaks file knows: measured throughput × counted FLOP under its roofs, at the intensities of
 * all modes.
 */
export function analyseRooflines(result: RunResult): readonly AnalysisTable[] {
  const models = workedModels(result)
  const devices = new Map(
    models.flatMap(({ report }) =>
      report.devices.map((device) => [`${device.device}\n${device.type}`, device]),
    ),
  )
  return [...devices.values()].flatMap((device) => {
    const standings = models.flatMap((model) => standingOf(model, device) ?? [])
    return standings.length === 0 ? [] : [summaryOf(device, standings), pictureOf(device, standings)]
  })
}

function standingOf(model: WorkedModel, device: DeviceBound): Standing | null {
  const { report, metrics, batch } = model
  const own = report.devices.find(({ device: name, type }) => name === device.device && type === device.type)
  const rate = metrics.items.throughput
  if (own === undefined || rate === null || batch === null || !(rate > 0) || !(report.flops > 0)) return null
  const perRequest = metrics.items.perRequest ?? 1
  const flopsOf = (requests: number | null | undefined): number | null =>
    requests === null || requests === undefined ? null : requests * perRequest * report.flops
  const interval = metrics.rateIntervals.throughput
  const intensities = intensitiesAt(model, device, batch, rate)
  return {
    model,
    batch,
    intensities,
    achieved: rate * report.flops,
    low: flopsOf(interval?.[0]),
    high: flopsOf(interval?.[1]),
    bound: boundBy(intensities, roofOf(own), report.isLowerBound),
  }
}

/** By mode, as far as the model is known; `measured` where a gauge says what the device's memory moved. */
function intensitiesAt(
  { report, trials }: WorkedModel,
  device: DeviceBound,
  batch: number,
  rate: number,
): Standing['intensities'] {
  const work = workOfBatch(
    {
      flops: report.flops,
      parameterBytes: report.parameterBytes ?? 0,
      touchedWeightBytes: report.touchedWeightBytes ?? 0,
      inputBytes: report.inputBytes ?? 0,
      outputBytes: report.outputBytes ?? 0,
      activationBytes: report.activationBytes ?? 0,
    },
    batch,
  )
  const { parameterBytes, touchedWeightBytes, activationBytes } = report
  const hasActivations = activationBytes !== null
  const bandwidth = memoryTraffic(gaugesOf(trials), device)
  return {
    article: parameterBytes !== null && hasActivations ? intensityOf('article', work) : null,
    compulsory: touchedWeightBytes === null ? null : intensityOf('compulsory', work),
    streamed: touchedWeightBytes !== null && hasActivations ? intensityOf('streamed', work) : null,
    measured: bandwidth === null ? null : intensityOf('measured', work, (bandwidth * batch) / rate),
  }
}

/**
 * Bytes per second between a device and its memory, as gauges have it: `….memory.traffic` in bytes per second, or the share
 * of the bandwidth that DCGM's profiling counters saw in use, on all GPUs together. `null` without any.
 * NVML's `memory.busy` is none: it counts the time in which anything was moved, not how much.
 */
export function memoryTraffic(
  gauges: Readonly<Record<string, GaugeSummary>>,
  { kind, bandwidth }: Pick<DeviceBound, 'kind' | 'bandwidth'>,
): number | null {
  const isAccelerator = kind !== 'cpu'
  const read = (pattern: RegExp, unit: string): readonly number[] =>
    Object.entries(gauges).flatMap(([name, gauge]) =>
      pattern.test(name) && gauge.unit === unit && gauge.mean !== null && gauge.mean > 0 ? gauge.mean : [],
    )
  const rates = read(
    isAccelerator ? /^(?!cpu|host).*\bmemory\.traffic$/ : /^(?:cpu\d*|host)\.memory\.traffic$/,
    'By/s',
  )
  const shares = isAccelerator ? read(/^dcgm\d+\.dram\.active$/, '1') : []
  const used = rates.length > 0 ? rates : shares.map((share) => share * bandwidth)
  return used.length === 0 ? null : used.reduce((sum, value) => sum + value, 0)
}

/** The side of the ridge: of what was measured, else of both ends of what is known. */
function boundBy(
  { measured, compulsory, streamed }: Standing['intensities'],
  roof: Roof,
  isLowerBound: boolean,
): Bound | null {
  const ridge = ridgePoint(roof)
  const most = measured ?? compulsory
  const least = measured ?? streamed ?? compulsory
  if (most === null || least === null) return null
  // With operations that were not counted there is more to compute for the same bytes.
  if (least >= ridge) return 'compute'
  if (isLowerBound) return null
  return most < ridge ? 'memory' : 'between'
}

function roofOf({ peak, bandwidth }: DeviceBound): Roof {
  return { peak, bandwidth }
}

/** Of the highest roof that the known intensities leave: what cannot be avoided, or what was measured. */
function ofRoof({ intensities, achieved }: Standing, device: DeviceBound): number | null {
  const intensity = intensities.measured ?? intensities.compulsory
  return intensity === null ? null : achieved / attainable(roofOf(device), intensity)
}

function summaryOf(device: DeviceBound, standings: readonly Standing[]): AnalysisTable {
  const has = (mode: IntensityMode): boolean =>
    standings.some(({ intensities }) => intensities[mode] !== null)
  const modes = MODES.filter(has)
  return {
    name: 'roofline',
    title: `Roofline of ${device.device}`,
    columns: [
      { name: 'case', unit: null },
      { name: 'batch', unit: '', description: 'Inferences per execution.' },
      { name: 'GFLOP/s', unit: '', description: 'Measured inferences per second × FLOP of one.' },
      ...modes.map((mode) => ({ name: mode, unit: '', description: `FLOP per byte: ${TRAFFIC[mode]}.` })),
      {
        name: 'of roof',
        unit: '1',
        description: 'Of what the device can do at the measured intensity, else at the compulsory one.',
      },
      {
        name: 'side',
        unit: null,
        description:
          'Of the ridge: compute, memory, or between (memory if activations go through it, compute if they stay in caches).',
      },
    ],
    rows: standings.map((standing) => [
      standing.model.name,
      standing.batch,
      standing.achieved / 1e9,
      ...modes.map((mode) => standing.intensities[mode]),
      ofRoof(standing, device),
      standing.bound === null ? 'not known' : standing.bound,
    ]),
    notes: notesOn(device, standings),
  }
}

const TRAFFIC: Readonly<Record<IntensityMode, string>> = {
  article: 'weights and twice the outputs of all layers',
  compulsory: 'weights once per execution, inputs and outputs',
  streamed: 'the same, and every activation written and read',
  measured: 'what the device’s memory moved',
}

function notesOn(device: DeviceBound, standings: readonly Standing[]): readonly string[] {
  const { type, unit, accumulate, peak, bandwidth, ridge, entry, source } = device
  const sums = accumulate === null ? '' : `, sums in ${accumulate}`
  const wrong = standings.filter((standing) => (ofRoof(standing, device) ?? 0) > 1)
  return [
    `The roof of ${type} (${unit} units, dense${sums}): ${formatNumber(peak / 1e12)} TFLOP/s and ${formatQuantity(bandwidth, 'By/s')}, ridge at ${formatNumber(ridge)} FLOP per byte; ${entry}: ${source}.`,
    ...(standings.every(({ intensities }) => intensities.measured === null)
      ? ['What the memory really moved was not measured: no gauge of it.']
      : []),
    ...(standings.some(({ model }) => model.report.isLowerBound)
      ? [
          'Some models are known in part: FLOP and FLOP per byte are the least, and the side of memory cannot be told of them.',
        ]
      : []),
    ...(wrong.length === 0
      ? []
      : [
          `Above the roof: ${wrong.map(({ model }) => model.name).join(', ')}. The model does not run on this device, or not in ${type}, or the peaks are too low: measure them with \`servebench peaks\`.`,
        ]),
  ]
}

interface Point {
  readonly standing: Standing
  readonly series: string
}

/** Roofs and points in one table, for the plot. */
function pictureOf(device: DeviceBound, standings: readonly Standing[]): AnalysisTable {
  const peaks = device.peaks ?? [
    {
      type: device.type,
      unit: device.unit,
      dense: device.peak,
      ...(device.accumulate === null ? {} : { accumulate: device.accumulate }),
    },
  ]
  const known = standings.flatMap(({ intensities }) => MODES.flatMap((mode) => intensities[mode] ?? []))
  const ridges = peaks.map(({ dense }) => dense / device.bandwidth)
  const left = Math.min(...known, ...ridges) / MARGIN
  const right = Math.max(...known, ...ridges) * MARGIN
  const roofs = peaks.flatMap(({ type, unit, dense, accumulate }) => {
    const roof = { peak: dense, bandwidth: device.bandwidth }
    const name = `${type} ${unit}${accumulate === undefined ? '' : ` (sums in ${accumulate})`}`
    return [left, ridgePoint(roof), right].map((intensity) => [
      'roof',
      name,
      '',
      intensity,
      attainable(roof, intensity),
      null,
      null,
      '',
    ])
  })
  const points = MODES.flatMap((mode) =>
    pointsOf(standings).flatMap(({ standing, series }) => {
      const intensity = standing.intensities[mode]
      const { model, achieved, low, high, batch } = standing
      return intensity === null
        ? []
        : [
            [
              'point',
              series === '' ? mode : `${mode} · ${series}`,
              model.name,
              intensity,
              achieved,
              low,
              high,
              `batch ${formatNumber(batch)}`,
            ],
          ]
    }),
  )
  return {
    name: 'roofline-plot',
    title: `Roofline of ${device.device}: roofs and points`,
    columns: [
      { name: 'kind', unit: null },
      { name: 'series', unit: null },
      { name: 'case', unit: null },
      { name: 'intensity', unit: 'FLOP/By' },
      { name: 'performance', unit: 'FLOP/s' },
      { name: 'low', unit: 'FLOP/s' },
      { name: 'high', unit: 'FLOP/s' },
      { name: 'label', unit: null },
    ],
    rows: [...roofs, ...points],
    notes: [],
    plots: [plotOf(device)],
    plotOnly: true,
  }
}

/** By what they differ in beside the batch; in the order of their batches, so that a line joins them. */
function pointsOf(standings: readonly Standing[]): readonly Point[] {
  const streams = Map.groupBy(standings, ({ model }) => model.stream)
  const series = [...streams].flatMap(([stream, own]) =>
    caseSeries(own.map((standing) => ({ one: standing.model.one, size: standing.batch, standing }))).map(
      ({ name, items }) => ({ name: stream === 'main' ? name : `${name} · ${stream}`, items }),
    ),
  )
  return series.flatMap(({ name, items }) =>
    items.map(({ standing }) => ({ standing, series: series.length > 1 ? name : '' })),
  )
}

function plotOf(device: DeviceBound): Plot {
  const roof = { where: { column: 'kind', is: 'roof' }, x: 'intensity', y: 'performance', group: 'series' }
  const point = { ...roof, where: { column: 'kind', is: 'point' } }
  return {
    name: 'roofline',
    title: `Roofline of ${device.device}`,
    x: { title: 'Arithmetic intensity', unit: 'FLOP/By', scale: 'log' },
    y: { title: 'Performance', unit: 'FLOP/s', scale: 'log' },
    layers: [
      { mark: 'line', ...roof },
      { mark: 'line', dashed: true, ...point },
      { mark: 'points', text: 'label', low: 'low', high: 'high', ...point },
    ],
    notes: [
      'Left of a ridge memory is the limit, right of it computing. Roofs are dense peaks; a point is a case at the intensity of one way to count its traffic, a dashed line joins the batches of a series.',
    ],
  }
}

/** Where a case stands under the roof of its device. */
export interface RoofPlace {
  readonly side: 'compute' | 'memory' | null
  readonly ofRoof: number | null
}

/**
 * By case; of several models the nearest to its roof. Not of a machine with several devices, since nobody says which one of
 * them computes, and not above a roof, which shows that it is another one's.
 */
export function roofPlaces(result: RunResult): ReadonlyMap<string, RoofPlace> {
  const places = new Map<string, RoofPlace>()
  for (const model of workedModels(result)) {
    const [device, ...others] = model.report.devices
    const standing = device === undefined || others.length > 0 ? null : standingOf(model, device)
    const share = standing === null ? null : ofRoof(standing, device as DeviceBound)
    if (standing === null || share === null || share > 1) continue
    if (share <= (places.get(model.one.id)?.ofRoof ?? 0)) continue
    places.set(model.one.id, { side: standing.bound === 'between' ? null : standing.bound, ofRoof: share })
  }
  return places
}
