import type { CacheMetrics } from '../model/measure/key-value-cache.ts'
import type { DeviceBound, Intensities } from './model-report.ts'

/** What is known about the model of a stream without running it, for one inference. */
export interface StaticReport {
  /** What it does. */
  readonly task: string | null
  /** `file`: counted in a file; `given`: as the bench file says. */
  readonly source: 'file' | 'given'
  /** Its name on the server. */
  readonly model: string | null
  readonly file: string | null
  readonly format: string | null
  readonly fileBytes: number | null
  /** Inferences that the numbers are for. */
  readonly batch: number
  /** Other sizes that were chosen, by name. */
  readonly sizes: Readonly<Record<string, number>>
  readonly parameters: number | null
  readonly statistics: number | null
  readonly parameterBytes: number | null
  readonly weightBytes: number | null
  readonly touchedWeightBytes: number | null
  readonly macs: number | null
  /** 2 × MACs of matrix products and convolutions. */
  readonly flops: number | null
  readonly elementwiseFlops: number | null
  readonly macsByType: Readonly<Record<string, number>>
  readonly activationBytes: number | null
  readonly peakActivationBytes: number | null
  readonly inputBytes: number | null
  readonly outputBytes: number | null
  readonly cache: CacheMetrics | null
  /** The totals are at least so large. */
  readonly isLowerBound: boolean
  readonly unknownOperators: Readonly<Record<string, number>>
  readonly intensity: Intensities | null
  /** What the devices of the target's machine allow; none where they are not known. */
  readonly devices: readonly DeviceBound[]
  readonly notes: readonly string[]
}
