import { existsSync } from 'node:fs'
import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, scenario } from 'servebench'
import { tensors, tokens } from 'servebench/inputs'
import { isFull } from './form.ts'

const MODELS = {
  'object detection': onnxModel({ ...presets['yolov8-n'], size: isFull ? 640 : 128, name: 'model' }),
  'image classification': isFull
    ? onnxModel({ ...presets['resnet-50'], name: 'model' })
    : onnxModel({ family: 'cnn', block: 'residual', size: 64, name: 'model' }),
  'text classification': onnxModel({ ...presets[isFull ? 'bert-base' : 'bert-tiny'], name: 'model' }),
  'image generation': onnxModel({ ...presets.dcgan, width: isFull ? 64 : 16, name: 'model' }),
}
const TOKENS = isFull ? 128 : 32
const DEVICES = {
  'one core': { intraOpThreads: 1 },
  'all cores': { intraOpThreads: 0 },
  CUDA: { executionProviders: ['cuda'] },
}

// What a faster device gains depends on what it is for.
scenario('speed-up by task', {
  matrix: {
    task: ['object detection', 'image classification', 'text classification', 'image generation'],
    device: ['one core', 'all cores', 'CUDA'],
  },
  skip: ({ device }) =>
    device === 'CUDA' && !existsSync('/dev/nvidiactl') && 'there is no NVIDIA device on this machine',
  server: ({ task, device }) => onnxServer({ models: [MODELS[task]], ...DEVICES[device] }),
  target: oip({ model: 'model' }),
  input: ({ task }) => (task === 'text classification' ? tokens({ length: TOKENS }) : tensors()),
  static: ({ task }) => ({ task, ...(task === 'text classification' ? { sizes: { S: TOKENS } } : {}) }),
  load: closed({ concurrency: 1 }),
  versus: { against: { device: 'one core' } },
  // Fewer pairs cannot tell a gain from an accident.
  repeats: isFull ? 8 : 3,
})
