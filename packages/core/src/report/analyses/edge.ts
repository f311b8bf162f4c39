import { fullName } from '../case-name.ts'
import type { AnalysisTable, GaugeSummary, RunResult, Trial } from '../result.ts'
import { soundCases, type SoundCase } from './sound-cases.ts'

/** Gauges of the host sampler and of GPUs that tell how warm a machine is, and how fast it still goes. */
const TEMPERATURE = /^temperature\.|\.temperature$/
const CLOCK = /^host\.cpu\.clock$|\.clock\.sm$/
const BATTERY = 'battery.charge'

/**
 * What small machines are judged by, for every case that was measured with `hostSampler({ battery: true })` or
 * `({ thermal: true })`: size of the model, energy, battery, temperature and clocks, and these over time.
 */
export function analyseEdge(result: RunResult): readonly AnalysisTable[] {
  const cases = soundCases(result).filter(({ gauges }) =>
    Object.keys(gauges).some((name) => name.startsWith('battery.') || name.startsWith('temperature.')),
  )
  return cases.length === 0 ? [] : [summaryOf(cases), ...courseOf(cases)]
}

interface Column {
  readonly name: string
  readonly unit: string | null
  readonly description?: string
  read(one: SoundCase): number | null
}

const COLUMNS: readonly Column[] = [
  {
    name: 'throughput',
    unit: '1/s',
    description: 'Inferences per second.',
    read: ({ metrics }) => metrics.items.throughput,
  },
  { name: 'p99', unit: 'ns', read: ({ metrics }) => metrics.responseTime.p99 },
  { name: 'model', unit: 'By', description: 'On disk.', read: modelBytes },
  {
    name: 'per 1000',
    unit: 'mWh',
    description: 'Energy of 1000 inferences.',
    read: (one) => meanOf(one, ({ energy }) => energy?.milliwattHoursPer1000 ?? null),
  },
  {
    name: 'per battery',
    unit: null,
    description: 'Inferences that a full battery lasts for.',
    read: (one) => {
      const items = meanOf(one, ({ energy }) => energy?.itemsPerBattery ?? null)
      return items === null ? null : Math.floor(items)
    },
  },
  {
    name: 'charge',
    unit: '1',
    description: 'Of the battery, the least that was read.',
    read: ({ gauges }) => gauges[BATTERY]?.min ?? null,
  },
  {
    name: 'warmest',
    unit: 'Cel',
    description: 'The highest temperature of any part.',
    read: ({ gauges }) => extreme(gauges, TEMPERATURE, ({ max }) => max, Math.max),
  },
  {
    name: 'GHz',
    unit: '',
    description: 'Clock of the processor (of a GPU where only that is known), mean.',
    read: ({ gauges }) => inGiga(extreme(gauges, CLOCK, ({ mean }) => mean, Math.min)),
  },
  {
    name: 'slowest',
    unit: '',
    description: 'The lowest clock that was read, GHz: what heat or power left of it.',
    read: ({ gauges }) => inGiga(extreme(gauges, CLOCK, ({ min }) => min, Math.min)),
  },
]

/** Of all models of the case together. */
function modelBytes({ trials }: SoundCase): number | null {
  const known = trials.find((trial) => trial.static !== null)
  const sizes = new Map(
    Object.values(known?.static ?? {}).flatMap(({ file, fileBytes }) =>
      fileBytes === null ? [] : [[file, fileBytes]],
    ),
  )
  return sizes.size === 0 ? null : [...sizes.values()].reduce((sum, bytes) => sum + bytes, 0)
}

function meanOf({ trials }: SoundCase, read: (trial: Trial) => number | null): number | null {
  const values = trials.flatMap((trial) => read(trial) ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}

function extreme(
  gauges: Readonly<Record<string, GaugeSummary>>,
  name: RegExp,
  read: (gauge: GaugeSummary) => number | null,
  pick: (...values: readonly number[]) => number,
): number | null {
  const values = Object.entries(gauges).flatMap(([gauge, one]) => (name.test(gauge) ? (read(one) ?? []) : []))
  return values.length === 0 ? null : pick(...values)
}

function inGiga(hertz: number | null): number | null {
  return hertz === null ? null : hertz / 1e9
}

function summaryOf(cases: readonly SoundCase[]): AnalysisTable {
  const columns = COLUMNS.filter(({ read }) => cases.some((one) => read(one) !== null))
  const discharging = cases.filter(
    ({ gauges }) => gauges['battery.power']?.mean !== null && gauges['battery.power'] !== undefined,
  )
  const hasBattery = cases.some(({ gauges }) => gauges[BATTERY] !== undefined)
  return {
    name: 'edge',
    title: 'Size, energy, battery and temperature',
    columns: [
      { name: 'case', unit: null },
      ...columns.map(({ name, unit, description }) => ({
        name,
        unit,
        ...(description === undefined ? {} : { description }),
      })),
    ],
    rows: cases.map((one) => [fullName(one.one), ...columns.map(({ read }) => read(one))]),
    notes:
      hasBattery && discharging.length === 0
        ? ['The battery was charging or full: what the machine drew from it is not known.']
        : [],
  }
}

/** Temperatures, clocks and charge, second by second. */
function courseOf(cases: readonly SoundCase[]): readonly AnalysisTable[] {
  const rows = cases.flatMap(({ one, trials }) =>
    trials.flatMap(({ windows, repeat }) =>
      windows.flatMap(({ from, until, gauges = {} }) =>
        Object.entries(gauges).flatMap(([gauge, value]) => {
          const kind = kindOf(gauge)
          if (kind === null || value === null) return []
          const name = `${fullName(one)}${trials.length > 1 ? ` · ${repeat + 1}` : ''}`
          return [[name, kind, `${gauge} · ${name}`, (from + until) / 2, value]]
        }),
      ),
    ),
  )
  if (rows.length === 0) return []
  const kinds = new Set(rows.map((row) => row[1]))
  return [
    {
      name: 'edge-course',
      title: 'Temperatures, clocks and charge over time',
      columns: [
        { name: 'case', unit: null },
        { name: 'kind', unit: null },
        { name: 'gauge', unit: null },
        { name: 'at', unit: 'ns' },
        { name: 'value', unit: '' },
      ],
      rows,
      notes: [],
      plots: KINDS.filter(({ kind }) => kinds.has(kind)).map(({ kind, title, unit }) => ({
        name: `edge-${kind}`,
        title: `${title} over time`,
        x: { title: 'Time since the load began', unit: 'ns', scale: 'linear' as const },
        y: { title, unit, scale: 'linear' as const },
        layers: [
          { mark: 'line' as const, x: 'at', y: 'value', group: 'gauge', where: { column: 'kind', is: kind } },
        ],
      })),
      plotOnly: true,
    },
  ]
}

const KINDS = [
  { kind: 'temperature', title: 'Temperature', unit: 'Cel' },
  { kind: 'clock', title: 'Clock', unit: 'Hz' },
  { kind: 'charge', title: 'Charge of the battery', unit: '1' },
] as const

function kindOf(gauge: string): (typeof KINDS)[number]['kind'] | null {
  if (TEMPERATURE.test(gauge)) return 'temperature'
  if (CLOCK.test(gauge)) return 'clock'
  return gauge === BATTERY ? 'charge' : null
}
