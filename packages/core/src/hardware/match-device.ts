import type { DevicePeaks, Peak, PeaksFile } from './peaks.ts'

/** A device of a machine, by the name that its driver or the system gives it. */
export interface FoundDevice {
  readonly name: string
  readonly kind: DevicePeaks['kind']
  /** Of a CPU: the physical cores that this machine has. */
  readonly cores: number | null
}

/** A device with its peaks; those of a CPU are for the cores that there are. */
export interface MatchedDevice {
  readonly device: FoundDevice
  readonly entry: DevicePeaks
  readonly peaks: readonly Peak[]
}

/** The entry with the most words of a device's name; `null` where there is none. */
export function matchDevice({ devices }: PeaksFile, device: FoundDevice): MatchedDevice | null {
  const words = new Set(wordsOf(device.name))
  let best: { readonly entry: DevicePeaks; readonly score: number } | null = null
  for (const entry of devices) {
    const isOther = (entry.kind === 'cpu') !== (device.kind === 'cpu')
    // A part of a device has a part of its peaks.
    if (isOther || words.has('mig') || entry.without?.some((word) => words.has(word.toLowerCase()))) continue
    const scores = entry.match.filter((list) => list.every((word) => words.has(word.toLowerCase())))
    const score = Math.max(0, ...scores.map((list) => list.length))
    if (score > (best?.score ?? 0)) best = { entry, score }
  }
  return best === null ? null : { device, entry: best.entry, peaks: scale(best.entry, device.cores) }
}

function wordsOf(name: string): readonly string[] {
  return name.toLowerCase().split(/[^a-z0-9]+/)
}

function scale({ peaks, cores }: DevicePeaks, present: number | null): readonly Peak[] {
  if (cores === undefined || present === null) return peaks
  const share = Math.min(1, present / cores)
  return peaks.map(({ sparse, ...peak }) => ({
    ...peak,
    dense: peak.dense * share,
    ...(sparse === undefined ? {} : { sparse: sparse * share }),
  }))
}

/**
 * The peak that bounds work with a type: its own, or that of the type it is computed in where the device has none.
 * Types that only tensor units know fall back to what holds them.
 */
export function peakFor({ peaks }: Pick<MatchedDevice, 'peaks'>, type: string): Peak | null {
  for (const name of [type, ...(FALLBACKS[type] ?? [])]) {
    const own = peaks.filter((peak) => peak.type === name)
    const usual = own.find((peak) => peak.unit === 'tensor') ?? own[0]
    if (usual !== undefined) return usual
  }
  return null
}

const FALLBACKS: Readonly<Record<string, readonly string[]>> = {
  UINT8: ['INT8', 'FP32'],
  INT8: ['FP32'],
  INT4: ['INT8', 'FP32'],
  UINT4: ['INT8', 'FP32'],
  FP4: ['FP8', 'FP16', 'FP32'],
  FP8: ['FP16', 'FP32'],
  FP16: ['FP32'],
  BF16: ['FP32'],
  TF32: ['FP32'],
}
