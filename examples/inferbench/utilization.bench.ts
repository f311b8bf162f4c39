import { onnxModel } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { hostSampler, scenario, utilization } from 'servebench'
import { isFull } from './form.ts'

// How fast is it when the server is so busy? The article goes up until a GPU is; here it is one core.
scenario('held at a utilization', {
  matrix: { cores: isFull ? [0.25, 0.5, 0.75] : [0.5] },
  server: onnxServer({ models: [onnxModel({ family: 'mlp', width: 1024, layers: 4, name: 'mlp' })] }),
  target: oip({ model: 'mlp' }),
  load: ({ cores }) =>
    utilization({
      of: 'server.cpu.cores',
      target: cores,
      vary: 'rate',
      max: 2000,
      period: isFull ? '2s' : '500ms',
      within: isFull ? '5m' : '15s',
      tolerance: isFull ? 0.02 : 0.1,
    }),
  samplers: [hostSampler({ period: '100ms' })],
  duration: isFull ? '60s' : '5s',
})
