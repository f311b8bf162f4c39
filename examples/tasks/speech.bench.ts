import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { closed, scenario } from 'servebench'
import { timeSeries } from 'servebench/inputs'
import { isFull } from './form.ts'
import { serve } from './serving.ts'

/** Of 10 ms each. */
const FRAMES = isFull ? 500 : 50
const model = onnxModel({
  ...presets.deepspeech2,
  frames: FRAMES,
  ...(isFull ? {} : { width: 64, layers: 1, channels: 8 }),
  name: isFull ? 'deepspeech2' : 'tiny-deepspeech2',
})

scenario('speech recognition', {
  tags: ['tasks', 'task:speech recognition'],
  server: serve(model),
  target: oip({ model: model.name, protocol: 'grpc' }),
  // Spectrograms with 161 bands.
  input: timeSeries({ steps: FRAMES, features: 161 }),
  load: closed({ concurrency: 1 }),
  // Logarithms of the probabilities of 29 letters, for every other frame.
  check: ({ outputs: [letters] }) => letters?.shape[1] === FRAMES / 2 && letters.shape[2] === 29,
})
