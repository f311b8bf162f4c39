import { peakFor, type MatchedDevice } from '../hardware/match-device.ts'
import {
  boundOf,
  intensityOf,
  mostExecutions,
  ridgePoint,
  trafficOf,
  type Work,
} from '../hardware/roofline.ts'
import type { Peak } from '../hardware/peaks.ts'
import type { ModelMetrics } from '../model/measure/measure-model.ts'

/** FLOP per byte by what counts as traffic; `null` where it is not known. */
export interface Intensities {
  readonly article: number | null
  readonly compulsory: number | null
  readonly streamed: number | null
}

/** What a device allows a model, by its theoretical peaks. */
export interface DeviceBound {
  /** As the system calls it, and the entry of the peaks file that it was taken for. */
  readonly device: string
  readonly entry: string
  readonly kind: string
  /** The type that bounds the model, FLOP/s (dense), and where the numbers come from. */
  readonly type: string
  readonly unit: string
  readonly peak: number
  readonly accumulate: string | null
  readonly bandwidth: number
  readonly ridge: number
  readonly source: string
  /** All that the device has; sparse ones are no roofs. Absent in results of earlier versions. */
  readonly peaks?: readonly Peak[]
  /** By compulsory traffic. */
  readonly bound: 'compute' | 'memory' | null
  /** At most, by computing and by compulsory traffic. */
  readonly inferencesPerSecond: number | null
}

export function workOf(metrics: ModelMetrics): Work {
  return {
    flops: metrics.flops,
    parameterBytes: metrics.parameterBytes,
    touchedWeightBytes: metrics.touchedWeightBytes,
    inputBytes: metrics.inputBytes,
    outputBytes: metrics.outputBytes,
    activationBytes: metrics.activationBytes,
  }
}

export function intensitiesOf(work: Work): Intensities {
  return {
    article: intensityOf('article', work),
    compulsory: intensityOf('compulsory', work),
    streamed: intensityOf('streamed', work),
  }
}

/** The type in which most of a model is computed. */
export function mainType({ macsByType }: ModelMetrics): string {
  return Object.keys(macsByType)[0] ?? 'FP32'
}

/** @param inferences per execution */
export function boundOn(
  matched: MatchedDevice,
  work: Work,
  type: string,
  inferences: number,
): DeviceBound | null {
  const peak = peakFor(matched, type)
  if (peak === null) return null
  const roof = { peak: peak.dense, bandwidth: matched.entry.bandwidth }
  const intensity = intensityOf('compulsory', work)
  const executions = mostExecutions(roof, work.flops, trafficOf('compulsory', work) ?? 0)
  return {
    device: matched.device.name,
    entry: matched.entry.name,
    kind: matched.entry.kind,
    type: peak.type,
    unit: peak.unit,
    peak: peak.dense,
    accumulate: peak.accumulate ?? null,
    bandwidth: roof.bandwidth,
    ridge: ridgePoint(roof),
    source: matched.entry.source,
    peaks: matched.peaks,
    bound: intensity === null ? null : boundOf(roof, intensity),
    inferencesPerSecond: Number.isFinite(executions) ? executions * inferences : null,
  }
}
