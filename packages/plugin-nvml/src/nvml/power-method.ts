/** `nvmlDeviceArchitecture_t` */
const AMPERE = 7
const UNKNOWN = 0xffffffff
/** Boards with the chip GA100, the one of its architecture whose driver tells power as it is. */
const GA100 = /\b(A100|A800|A30|CMP 170HX)\b/

/**
 * What `nvmlDeviceGetPowerUsage` returns: on Ampere (except GA100) and newer architectures the mean of the last second, on
 * older ones the power at that instant (nvml.h).
 */
export function powerMethod(architecture: number, name: string): 'average' | 'instant' {
  if (architecture === UNKNOWN || architecture > AMPERE) return 'average'
  if (architecture < AMPERE) return 'instant'
  return GA100.test(name) ? 'instant' : 'average'
}
