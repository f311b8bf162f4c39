import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { latent } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const model = onnxModel({ ...presets.dcgan, width: isFull ? 64 : 16, name: isFull ? 'dcgan' : 'tiny-dcgan' })

scenario('image generation', {
  tags: ['tasks', 'task:image generation'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  input: latent({ shape: [100] }),
  load: closed({ concurrency: 1 }),
  // An image of colours from −1 to 1.
  check: ({ outputs: [pixels] }) => {
    const values = pixels?.data as Float32Array
    return values.length === 3 * 64 * 64 && values.every((value) => Math.abs(value) <= 1)
  },
})
