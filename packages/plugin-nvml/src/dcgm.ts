/** Series of a Prometheus page that become a gauge: what `select` of a Prometheus sampler takes. */
export interface DcgmSelection {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly as: string
  readonly unit: string
}

export interface DcgmOptions {
  /** Numbers of the GPUs, as the exporter's label `gpu` has them. Default: the first one. */
  readonly gpus?: readonly number[]
  /** Ratios of the profiling module as well: SM, tensor and memory activity. Default `true`. */
  readonly profiling?: boolean
}

type Row = readonly [metric: string, name: string, unit: string]

/** As NVIDIA's DCGM exporter names them, in its own units. */
const DEVICE: readonly Row[] = [
  ['DCGM_FI_DEV_POWER_USAGE', 'power', 'W'],
  ['DCGM_FI_DEV_GPU_UTIL', 'utilization', '%'],
  ['DCGM_FI_DEV_MEM_COPY_UTIL', 'memory.busy', '%'],
  ['DCGM_FI_DEV_FB_USED', 'memory.used', 'MiBy'],
  ['DCGM_FI_DEV_SM_CLOCK', 'clock.sm', 'MHz'],
  ['DCGM_FI_DEV_MEM_CLOCK', 'clock.memory', 'MHz'],
  ['DCGM_FI_DEV_GPU_TEMP', 'temperature', 'Cel'],
]
/** Shares of the time, 0 to 1: what `utilization` does not tell. */
const PROFILING: readonly Row[] = [
  ['DCGM_FI_PROF_GR_ENGINE_ACTIVE', 'engine.active', '1'],
  ['DCGM_FI_PROF_SM_ACTIVE', 'sm.active', '1'],
  ['DCGM_FI_PROF_SM_OCCUPANCY', 'sm.occupancy', '1'],
  ['DCGM_FI_PROF_PIPE_TENSOR_ACTIVE', 'tensor.active', '1'],
  ['DCGM_FI_PROF_DRAM_ACTIVE', 'dram.active', '1'],
]

/**
 * The gauges of NVIDIA's DCGM exporter, by GPU: `dcgm0.sm.active`. A second source beside NVML, and the only one of shares
 * of multiprocessors, tensor cores and memory bandwidth.
 * @example prometheusSampler({ url: 'http://127.0.0.1:9400/metrics', select: dcgmMetrics() })
 */
export function dcgmMetrics({ gpus = [0], profiling = true }: DcgmOptions = {}): readonly DcgmSelection[] {
  const rows = profiling ? [...DEVICE, ...PROFILING] : DEVICE
  return gpus.flatMap((gpu) =>
    rows.map(([metric, name, unit]) => ({
      metric,
      labels: { gpu: String(gpu) },
      as: `dcgm${gpu}.${name}`,
      unit,
    })),
  )
}
