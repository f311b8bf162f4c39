import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { image } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

const CLASSES = isFull ? 1000 : 10
const SIZE = isFull ? 224 : 32
const model = isFull
  ? onnxModel({ ...presets['resnet-50'], name: 'resnet-50' })
  : onnxModel({ family: 'cnn', block: 'residual', size: SIZE, outputs: CLASSES, name: 'tiny-resnet' })

scenario('image classification', {
  tags: ['tasks', 'task:image classification'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  input: image({ size: SIZE }),
  load: closed({ concurrency: 1 }),
  // Probabilities of all classes.
  check: ({ outputs: [scores] }) => {
    const values = scores?.data as Float32Array
    return values.length === CLASSES && Math.abs(values.reduce((sum, value) => sum + value, 0) - 1) < 1e-3
  },
})
