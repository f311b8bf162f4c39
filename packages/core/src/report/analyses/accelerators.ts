import { caseName } from '../case-name.ts'
import type { AnalysisTable, GaugeSummary, RunResult } from '../result.ts'
import { byScenario, soundCases, type SoundCase } from './sound-cases.ts'

/** One GPU during one case. */
interface Observed {
  readonly measured: SoundCase
  readonly gpu: string
}

/** Gauges of NVML, of DCGM's exporter, and of Triton's page of metrics, by GPU. */
const GPU = /^(?:gpu|dcgm)\d+(?=\.)/
/** The same thing under several names, the best source first. */
const GAUGES = {
  used: ['memory.used'],
  share: ['memory.share'],
  peak: ['memory.peak'],
  busy: ['utilization'],
  units: ['sm.active'],
  bandwidth: ['dram.active', 'memory.busy'],
  power: ['power.counter', 'power'],
} as const

/** For every scenario that was measured with a sampler of GPUs: their memory and utilisation against latency. */
export function analyseAccelerators(result: RunResult): readonly AnalysisTable[] {
  return byScenario(soundCases(result)).flatMap((cases) => {
    const observed = cases.flatMap((measured) => gpusOf(measured).map((gpu): Observed => ({ measured, gpu })))
    return observed.length === 0 ? [] : [tableOf(cases[0].one.path.join(' > '), observed)]
  })
}

function gpusOf({ gauges }: SoundCase): readonly string[] {
  const names = Object.keys(gauges).flatMap((name) => GPU.exec(name)?.[0] ?? [])
  return [...new Set(names)].toSorted()
}

function gaugeOf({ measured, gpu }: Observed, thing: keyof typeof GAUGES): GaugeSummary | null {
  const [found] = GAUGES[thing].flatMap((name) => measured.gauges[`${gpu}.${name}`] ?? [])
  return found ?? null
}

interface Column {
  readonly name: string
  readonly unit: string | null
  readonly description?: string
  read(one: Observed): string | number | null
}

const COLUMNS: readonly Column[] = [
  { name: 'throughput', unit: '1/s', read: ({ measured }) => measured.metrics.throughput },
  { name: 'p50', unit: 'ns', read: ({ measured }) => measured.metrics.responseTime.p50 },
  { name: 'p99', unit: 'ns', read: ({ measured }) => measured.metrics.responseTime.p99 },
  {
    name: 'memory',
    unit: 'By',
    description: 'Capacity in use, mean over the measurement.',
    read: (one) => gaugeOf(one, 'used')?.mean ?? null,
  },
  {
    name: 'peak',
    unit: 'By',
    description: 'The most that was in use, as far as the sampler saw.',
    read: (one) => gaugeOf(one, 'peak')?.max ?? gaugeOf(one, 'used')?.max ?? null,
  },
  {
    name: 'of it',
    unit: '1',
    description: 'Memory over all there is.',
    read: (one) => gaugeOf(one, 'share')?.mean ?? null,
  },
  {
    name: 'busy',
    unit: '1',
    description: 'Time in which any kernel ran; idle readings are part of the mean.',
    read: (one) => gaugeOf(one, 'busy')?.mean ?? null,
  },
  {
    name: 'units',
    unit: '1',
    description: 'Multiprocessors in use (DCGM).',
    read: (one) => gaugeOf(one, 'units')?.mean ?? null,
  },
  {
    name: 'bandwidth',
    unit: '1',
    description: 'Bandwidth in use (DCGM), or the time in which memory was read or written (NVML).',
    read: (one) => gaugeOf(one, 'bandwidth')?.mean ?? null,
  },
  { name: 'power', unit: 'W', read: (one) => gaugeOf(one, 'power')?.mean ?? null },
]

function tableOf(scenario: string, observed: readonly Observed[]): AnalysisTable {
  const columns = COLUMNS.filter(({ read }) => observed.some((one) => read(one) !== null))
  const has = (name: string): boolean => columns.some((column) => column.name === name)
  const lost = observed.filter(({ measured, gpu }) =>
    Object.entries(measured.gauges).some(
      ([name, { coverage }]) => name.startsWith(`${gpu}.`) && coverage < 0.9,
    ),
  )
  return {
    name: 'accelerators',
    title: `${scenario}: memory and utilisation of GPUs against latency`,
    columns: [
      { name: 'case', unit: null },
      { name: 'gpu', unit: null },
      ...columns.map(({ name, unit, description }) => ({
        name,
        unit,
        ...(description === undefined ? {} : { description }),
      })),
    ],
    rows: observed.map((one) => [
      caseName(one.measured.one.case),
      one.gpu,
      ...columns.map(({ read }) => read(one)),
    ]),
    notes:
      lost.length === 0
        ? []
        : [
            `Read for a part of the measurement only: ${[...new Set(lost.map(({ measured, gpu }) => [gpu, caseName(measured.one.case)].filter((word) => word !== '').join(' in ')))].join(', ')}.`,
          ],
    plots: [
      ...(has('busy') ? [plotOf('utilisation', scenario, 'busy', 'GPU busy', '1')] : []),
      ...(has('memory') ? [plotOf('memory', scenario, 'memory', 'GPU memory in use', 'By')] : []),
    ],
  }
}

function plotOf(
  name: string,
  scenario: string,
  x: string,
  title: string,
  unit: string,
): NonNullable<AnalysisTable['plots']>[number] {
  return {
    name: `gpu-${name}`,
    title: `${scenario}: latency against ${title}`,
    x: { title, unit, scale: 'linear', from: 0 },
    y: { title: 'p99 of the response time', unit: 'ns', scale: 'log' },
    layers: [{ mark: 'points', x, y: 'p99', group: 'gpu', text: 'case' }],
  }
}
