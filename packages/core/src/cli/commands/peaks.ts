import { existsSync, writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { matchDevice, type FoundDevice, type MatchedDevice } from '../../hardware/match-device.ts'
import { measurePeaks, type MeasuredPeaks } from '../../hardware/measure-peaks.ts'
import type { DevicePeaks, Peak } from '../../hardware/peaks.ts'
import { ridgePoint } from '../../hardware/roofline.ts'
import { moduleUrl } from '../../hooks/module-reference.ts'
import { captureEnvironment } from '../../report/environment.ts'
import { devicesOf } from '../../report/find-devices.ts'
import { printable } from '../../report/printable.ts'
import { formatNumber } from '../../report/quantity.ts'
import { layTable, stackTable } from '../../report/table.ts'
import { projectPeaks } from '../project-peaks.ts'
import { formatScaled } from '../show-model.ts'

export interface PeaksValues {
  readonly all?: boolean
  readonly measure?: boolean
  readonly save?: string
  readonly file?: string
  readonly config?: string | false
  readonly json?: boolean
}

interface Shown {
  readonly updated: string
  readonly devices: readonly (FoundDevice & {
    readonly entry: DevicePeaks | null
    readonly peaks: readonly Peak[]
  })[]
  /** Devices that plugins know, whether they are in this machine or not. */
  readonly added: readonly DevicePeaks[]
  readonly measured: MeasuredPeaks | null
}

/** `servebench peaks`: what the devices of this machine can do, by data files, plugins, or a test. */
export async function peaksCommand(values: PeaksValues): Promise<number> {
  const { peaks: file, added } = await projectPeaks(values)
  const found = devicesOf(captureEnvironment())
  const measured =
    values.measure || values.save !== undefined
      ? await measurePeaks(
          new URL(moduleUrl(import.meta.url, '../../hardware/peaks-worker')),
          process.cwd(),
          availableParallelism(),
        )
      : null
  const matches = found.map((device) => ({ device, match: matchDevice(file, device) }))
  const shown: Shown = {
    updated: file.updated,
    devices: matches.map(({ device, match }) => ({
      ...device,
      entry: match?.entry ?? null,
      peaks: match?.peaks ?? [],
    })),
    added,
    measured,
  }
  if (values.save !== undefined && measured !== null) save(values.save, found, measured)
  if (values.json) process.stdout.write(`${JSON.stringify(values.all ? { ...shown, file } : shown)}\n`)
  else process.stdout.write(describe(matches, shown, values.save, values.all === true ? file.devices : null))
  return ExitCode.ok
}

function describe(
  matches: readonly { readonly device: FoundDevice; readonly match: MatchedDevice | null }[],
  { updated, added, measured }: Shown,
  saved: string | undefined,
  all: readonly DevicePeaks[] | null,
): string {
  const columns = process.stdout.columns ?? 100
  const lines = matches.flatMap(({ device, match }) => [
    `${printable(device.name)}${device.cores === null ? '' : `, ${device.cores} cores`}`,
    ...(match === null
      ? [`  is not in the peaks file of ${updated}: servebench peaks --measure --save peaks.json adds it`]
      : [
          `  as ${printable(match.entry.name)}: ${describePeaks({ peaks: match.peaks, bandwidth: match.entry.bandwidth })}`,
          `  ${printable(match.entry.source)}`,
        ]),
  ])
  const others =
    all !== null ? [] : added.filter((entry) => matches.every(({ match }) => match?.entry !== entry))
  if (others.length > 0)
    lines.push(
      '',
      'known by plugins',
      ...others.flatMap((entry) => [
        `  ${printable(entry.name)}: ${describePeaks(entry)}`,
        `  ${printable(entry.source)}`,
      ]),
    )
  if (measured !== null)
    lines.push(
      '',
      ...describeMeasured(measured),
      ...(saved === undefined ? [] : [`written to ${saved}; name it as \`peaks\` in the configuration`]),
    )
  if (all !== null) lines.push('', ...listAll(all, columns))
  return `${lines.join('\n')}\n`
}

function describePeaks({ peaks, bandwidth }: Pick<DevicePeaks, 'peaks' | 'bandwidth'>): string {
  const rates = peaks.map(
    ({ type, unit, dense }) => `${type} ${formatScaled(dense)}FLOP/s${unit === 'tensor' ? ' (tensor)' : ''}`,
  )
  return `${rates.join(', ')}; ${formatScaled(bandwidth)}B/s`
}

function describeMeasured({ product, problem, bandwidth, threads }: MeasuredPeaks): readonly string[] {
  return [
    `measured with ${threads} threads: at least`,
    product === null
      ? `  no matrix product: ${problem}`
      : `  ${formatScaled(product.flops)}FLOP/s FP32 by ${product.by}`,
    `  ${formatScaled(bandwidth)}B/s read and written by copies`,
    ...(product === null
      ? []
      : [`  ridge at ${formatNumber(ridgePoint({ peak: product.flops, bandwidth }))} FLOP/B`]),
  ]
}

const ROOFS = ['FP32', 'TF32', 'FP16', 'BF16', 'FP8', 'INT8'] as const

function listAll(devices: readonly DevicePeaks[], columns: number): readonly string[] {
  const table = {
    columns: [
      { title: 'device', align: 'left', rank: 0 },
      ...ROOFS.map((title) => ({ title, align: 'right', rank: 1 }) as const),
      { title: 'GB', align: 'right', rank: 2 },
      { title: 'GB/s', align: 'right', rank: 0 },
      { title: 'W', align: 'right', rank: 2 },
    ] as const,
    rows: devices.map((device) => [
      printable(device.name),
      ...ROOFS.map((type) => {
        const peak = device.peaks.find((entry) => entry.type === type)
        return peak === undefined ? '' : formatNumber(peak.dense / 1e12)
      }),
      device.memory === undefined ? '' : String(device.memory / 1e9),
      formatNumber(device.bandwidth / 1e9),
      device.power === undefined ? '' : String(device.power),
    ]),
  }
  return ['dense, TFLOP/s or TOP/s', ...(layTable(table, columns) ?? stackTable(table, columns))]
}

/** A file with this machine's processor, ready to be named in a configuration. */
function save(
  path: string,
  found: readonly FoundDevice[],
  { product, bandwidth, threads, problem }: MeasuredPeaks,
): void {
  if (product === null) {
    throw new ServebenchError('SERVEBENCH_PEAKS', `There is nothing to save: ${problem}.`, {
      advice: 'Install onnxruntime-node in this project: npm install --save-dev onnxruntime-node.',
    })
  }
  if (existsSync(path)) {
    throw new ServebenchError('SERVEBENCH_PEAKS', `'${path}' is there already.`, {
      advice: 'Give another name, or remove it first.',
    })
  }
  const cpu = found.find(({ kind }) => kind === 'cpu') as FoundDevice
  const day = new Date().toISOString().slice(0, 10)
  const entry: DevicePeaks = {
    name: `${cpu.name}, measured`,
    kind: 'cpu',
    match: [
      cpu.name
        .toLowerCase()
        .split(/[^a-z0-9]+/)
        .filter((word) => word !== ''),
    ],
    ...(cpu.cores === null ? {} : { cores: cpu.cores }),
    peaks: [{ type: 'FP32', unit: 'vector', dense: Math.round(product.flops) }],
    bandwidth: Math.round(bandwidth),
    source: `measured on ${day} with ${threads} threads: a product of matrices by ${product.by}, copies by Node.js ${process.versions.node}`,
  }
  writeFileSync(path, `${JSON.stringify({ updated: day, devices: [entry] }, null, 2)}\n`, { flag: 'wx' })
}
