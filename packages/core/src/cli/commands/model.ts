import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { matchDevice, type MatchedDevice } from '../../hardware/match-device.ts'
import type { PeaksFile } from '../../hardware/peaks.ts'
import { measureModel } from '../../model/measure/measure-model.ts'
import { readModel } from '../../model/read-model.ts'
import { captureEnvironment } from '../../report/environment.ts'
import { devicesOf, matchDevices } from '../../report/find-devices.ts'
import { boundOn, intensitiesOf, mainType, workOf } from '../../report/model-report.ts'
import { projectPeaks } from '../project-peaks.ts'
import { showModel, type ShownModel } from '../show-model.ts'
import { colorsWanted } from '../terminal.ts'

export interface ModelValues {
  readonly batch?: string
  readonly dim?: readonly string[]
  readonly layers?: boolean
  readonly device?: string
  readonly peaks?: string
  readonly config?: string | false
  readonly json?: boolean
}

const MOST = 1_000_000_000

/** `servebench model FILE`: what is known about a model without running it. */
export async function modelCommand(file: string, values: ModelValues): Promise<number> {
  const batch = values.batch === undefined ? 1 : readSize('--batch', values.batch)
  const named = Object.fromEntries((values.dim ?? []).map(readDimension))
  const { peaks } = await projectPeaks({ file: values.peaks, config: values.config })
  const model = readModel(file)
  const { metrics, layers } = measureModel(model, { batch, named })
  const work = workOf(metrics)
  const devices = values.device === undefined ? foundDevices(peaks) : [namedDevice(peaks, values.device)]
  const shown: ShownModel = {
    file,
    format: model.format,
    producer: model.producer,
    operatorSet: model.versions.get('') ?? null,
    fileBytes: model.bytes,
    ...metrics,
    intensity: intensitiesOf(work),
    devices: devices.flatMap((device) => boundOn(device, work, mainType(metrics), metrics.batch) ?? []),
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify(values.layers ? { ...shown, layers } : shown)}\n`
      : showModel(shown, values.layers ? layers : null, {
          colors: colorsWanted(),
          columns: process.stdout.columns ?? 100,
        }),
  )
  return ExitCode.ok
}

function foundDevices(peaks: PeaksFile): readonly MatchedDevice[] {
  return matchDevices(peaks, devicesOf(captureEnvironment()))
}

function namedDevice(peaks: PeaksFile, name: string): MatchedDevice {
  const own = peaks.devices.find((device) => device.name.toLowerCase() === name.toLowerCase())
  if (own !== undefined)
    return { device: { name: own.name, kind: own.kind, cores: null }, entry: own, peaks: own.peaks }
  const kinds = ['gpu', 'cpu'] as const
  const matched = kinds
    .map((kind) => matchDevice(peaks, { name, kind, cores: null }))
    .find((found) => found !== null)
  if (matched) return matched
  throw new ServebenchError('SERVEBENCH_PEAKS', `The peaks file has no device '${name}'.`, {
    advice: '`servebench peaks --all` lists those that it has; --peaks FILE adds your own.',
  })
}

function readDimension(text: string): [string, number] {
  const at = text.lastIndexOf('=')
  if (at < 1) {
    throw new ServebenchError('SERVEBENCH_MODEL_OPTION', `--dim '${text}' is no size.`, {
      advice: 'Write the name of a size and a number, as in --dim seq=128; INPUT.AXIS where it has no name.',
    })
  }
  return [text.slice(0, at), readSize('--dim', text.slice(at + 1))]
}

function readSize(option: string, text: string): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= 1 && value <= MOST) return value
  throw new ServebenchError(
    'SERVEBENCH_MODEL_OPTION',
    `${option} has the size '${text}', which is no whole number from 1.`,
    {
      advice: `Write it like ${option === '--dim' ? '--dim seq=128' : '--batch 8'}.`,
    },
  )
}
