import { API_VERSION, definePlugin, moduleUrl } from 'servebench/plugin'
import type { BenchPlugin, DevicePeaks } from 'servebench/plugin'
import { KIND, PACKAGE } from './names.ts'

/** As the vendor's data sheet has it; with it, rooflines know the device. */
const NPU: DevicePeaks = {
  name: 'Example NPU 1',
  kind: 'accelerator',
  match: [['example', 'npu']],
  peaks: [
    { type: 'FP16', unit: 'tensor', dense: 10e12, accumulate: 'FP32' },
    { type: 'FP32', unit: 'vector', dense: 1e12 },
    { type: 'INT8', unit: 'tensor', dense: 20e12 },
  ],
  memory: 16e9,
  bandwidth: 100e9,
  power: 25,
  source: 'Example Corp., data sheet of the NPU 1, 2026',
}

export const plugin: BenchPlugin = definePlugin({
  name: PACKAGE,
  apiVersion: API_VERSION,
  apply({ hooks }) {
    hooks.createSampler.for(KIND).tapPromise(PACKAGE, async ({ options }) => ({
      module: moduleUrl(import.meta.url, './sampler'),
      options,
    }))
    hooks.peaks.tapPromise(PACKAGE, async (devices) => {
      devices.push(NPU)
    })
  },
})
