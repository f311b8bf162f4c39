import { matchDevice, type FoundDevice, type MatchedDevice } from '../hardware/match-device.ts'
import type { PeaksFile } from '../hardware/peaks.ts'
import type { Environment } from './result.ts'

/** What a machine computes with, accelerators first. */
export function devicesOf({
  cpu,
  accelerators,
}: Pick<Environment, 'cpu' | 'accelerators'>): readonly FoundDevice[] {
  const names = new Set(accelerators.map(({ name }) => name))
  const cores =
    cpu.limit === null
      ? (cpu.physicalCores ?? cpu.cores)
      : Math.min(cpu.limit, cpu.physicalCores ?? cpu.cores)
  return [
    ...[...names].map((name): FoundDevice => ({ name, kind: 'gpu', cores: null })),
    { name: cpu.model, kind: 'cpu', cores },
  ]
}

/** The devices that the peaks file knows. */
export function matchDevices(peaks: PeaksFile, devices: readonly FoundDevice[]): readonly MatchedDevice[] {
  return devices.flatMap((device) => matchDevice(peaks, device) ?? [])
}
