import type { StudyMeasurement } from './study-result.ts'

/** A metric of a study as tables show it. */
export interface StudyColumn {
  readonly metric: string
  readonly title: string
  readonly unit: string | null
  readonly description?: string
}

type Known = readonly Pick<StudyMeasurement, 'metrics'>[]

const STAGE = 'stages.'
/** In the order in which a request goes through them; others come after. */
const STAGES: Readonly<Record<string, string>> = {
  queue: 'queue',
  computeInput: 'compute input',
  computeInfer: 'compute',
  computeOutput: 'compute output',
}
/** What servers tell beside the parts of a request's time. */
const NO_PARTS: ReadonlySet<string> = new Set(['meanBatch', 'total'])

/** Parts of the time that servers tell: those that are not 0 everywhere. */
export function stageColumns(measurements: Known): readonly StudyColumn[] {
  const found = namesOf(measurements).flatMap((name) =>
    name.startsWith(STAGE) && !NO_PARTS.has(name.slice(STAGE.length)) ? [name.slice(STAGE.length)] : [],
  )
  const order = Object.keys(STAGES)
  const place = (stage: string): number => (order.includes(stage) ? order.indexOf(stage) : order.length)
  return found
    .toSorted((one, other) => place(one) - place(other))
    .map((stage) => ({
      metric: STAGE + stage,
      title: STAGES[stage] ?? stage.replaceAll(/([A-Z])/g, ' $1').toLowerCase(),
      unit: 'ns',
      description: 'Mean, as the server tells it.',
    }))
    .filter(({ metric }) => measurements.some(({ metrics }) => (metrics[metric] ?? 0) !== 0))
}

/** Of the machine and of the server, then of each GPU: never an average over several. */
export function memoryColumns(measurements: Known): readonly StudyColumn[] {
  const most = (gauge: string, title: string): StudyColumn => {
    const isKnown = measurements.some(({ metrics }) => metrics[`gauges.${gauge}.max`] != null)
    return {
      metric: isKnown ? `gauges.${gauge}.max` : `gauges.${gauge}`,
      title,
      unit: 'By',
      description: isKnown ? 'The most during the measurement.' : 'Mean.',
    }
  }
  return knownColumns(measurements, [
    ...gpusOf(measurements).map(({ gauges, name }) => most(`${gauges}.memory.used`, `${name} memory`)),
    most('server.memory.rss', 'server memory'),
    most('host.memory.used', 'host memory'),
  ])
}

export function utilizationColumns(measurements: Known): readonly StudyColumn[] {
  return knownColumns(measurements, [
    ...gpusOf(measurements).map(({ gauges, name }) => ({
      metric: `gauges.${gauges}.utilization`,
      title: `${name} use`,
      unit: '1',
    })),
    { metric: 'gauges.host.cpu.utilization', title: 'CPU use', unit: '1' },
    { metric: 'gauges.server.cpu.cores', title: 'server cores', unit: null },
  ])
}

export function powerColumns(measurements: Known): readonly StudyColumn[] {
  return knownColumns(measurements, [
    ...gpusOf(measurements).map(({ gauges, name }) => ({
      metric: `gauges.${gauges}.power`,
      title: `${name} power`,
      unit: 'W',
    })),
    { metric: 'power', title: 'power', unit: 'W' },
    { metric: 'energy.perItem', title: 'energy per item', unit: 'J' },
  ])
}

export interface StudyGpu {
  /** What its gauges begin with: `gpu0`. */
  readonly gauges: string
  /** `GPU`; `GPU 0` where there are several. */
  readonly name: string
}

/** GPUs that NVML or DCGM's exporter have told of, which number them alike: the first source of each is taken. */
export function gpusOf(measurements: Known): readonly StudyGpu[] {
  const byNumber = new Map<number, string>()
  const found = namesOf(measurements).flatMap((name) => /^gauges\.((gpu|dcgm)(\d+))\./.exec(name) ?? [])
  for (const source of ['gpu', 'dcgm']) {
    for (const name of found) {
      const [, own, number] = /^((?:gpu|dcgm)(\d+))$/.exec(name) ?? []
      if (own?.startsWith(source) && number !== undefined && !byNumber.has(Number(number)))
        byNumber.set(Number(number), own)
    }
  }
  return [...byNumber]
    .toSorted(([one], [other]) => one - other)
    .map(([number, gauges]) => ({ gauges, name: byNumber.size === 1 ? 'GPU' : `GPU ${number}` }))
}

/** Those that were measured anywhere. */
export function knownColumns<Column extends Pick<StudyColumn, 'metric'>>(
  measurements: Known,
  columns: readonly Column[],
): readonly Column[] {
  return columns.filter(({ metric }) => measurements.some(({ metrics }) => metrics[metric] != null))
}

function namesOf(measurements: Known): readonly string[] {
  const names = new Set<string>()
  for (const { metrics } of measurements) for (const name of Object.keys(metrics)) names.add(name)
  return [...names]
}
