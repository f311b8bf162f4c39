import { closed, defineConfig, http, raplSampler, scenario } from 'servebench'
import { nvmlSampler, type NvmlSamplerOptions } from '@servebench/plugin-nvml'

const options: NvmlSamplerOptions = { period: '20ms', devices: [0, 'GPU-5f2a'], pcie: true }

scenario('power', {
  target: http({ url: 'http://127.0.0.1:1' }),
  load: closed({ concurrency: 1 }),
  samplers: [nvmlSampler(options), raplSampler({ period: '100ms' })],
  energy: { idle: '10s', region: 'DE', pue: 1.2 },
  cost: { prices: 'aws', shape: 'g4dn.xlarge' },
  slo: { gauges: { 'gpu0.power': { max: 300 }, 'energy.perItem': { mean: 2 } } },
})

export default defineConfig({ cost: { price: 1.2, hoursPerMonth: 730 } })
