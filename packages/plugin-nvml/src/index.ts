export { nvmlSampler } from './nvml-sampler.ts'
export type { NvmlSamplerOptions } from './nvml-sampler.ts'
export { plugin } from './plugin.ts'
