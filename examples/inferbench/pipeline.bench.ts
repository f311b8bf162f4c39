import { onnxModel, presets } from '@servebench/plugin-models'
import { oip } from '@servebench/plugin-oip'
import { onnxServer } from '@servebench/plugin-onnxruntime'
import { closed, generate, pipeline, scenario } from 'servebench'
import { isFull } from './form.ts'

const SIZE = isFull ? 224 : 64
const model = onnxModel(
  isFull
    ? { ...presets['resnet-50'], name: 'classifier' }
    : { family: 'cnn', block: 'residual', size: SIZE, name: 'classifier' },
)
/** Of a pixel, as ImageNet's models want them. */
const MEAN = [0.485, 0.456, 0.406]
const DEVIATION = [0.229, 0.224, 0.225]

// Where does a request spend its time? Preprocessing and postprocessing are the client's, transmission is what remains of
// the step that asks the server when the server's own time is taken off it.
scenario('pipeline', {
  matrix: { protocol: ['http-json', 'grpc'], batch: isFull ? [1, 2, 4, 8, 16, 32] : [1, 4, 8] },
  server: onnxServer({ models: [model], intraOpThreads: 0 }),
  target: ({ protocol, batch }) =>
    pipeline([
      { name: 'preprocess', run: (pixels: Uint8Array) => normalise(pixels) },
      {
        name: 'inference',
        target: oip({ model: 'classifier', protocol }),
        input: (data) => ({ inputs: { input: { shape: [batch, 3, SIZE, SIZE], data } } }),
      },
      { name: 'postprocess', run: ({ outputs: [scores] }) => best(scores?.data as Float32Array, batch) },
    ]),
  // Pixels as a decoder leaves them, one behind the other: height, width, colour.
  input: ({ batch }) =>
    generate(({ random }) => Uint8Array.from({ length: batch * SIZE * SIZE * 3 }, () => random.next() * 255)),
  load: closed({ concurrency: 1 }),
})

/** NHWC bytes to NCHW floats. */
function normalise(pixels: Uint8Array): Float32Array {
  const plane = SIZE * SIZE
  const data = new Float32Array(pixels.length)
  for (let index = 0; index < pixels.length; index += 1) {
    const channel = index % 3
    const pixel = (index - channel) / 3
    const image = Math.floor(pixel / plane)
    const value = (pixels[index] as number) / 255
    data[(image * 3 + channel) * plane + (pixel % plane)] =
      (value - (MEAN[channel] as number)) / (DEVIATION[channel] as number)
  }
  return data
}

/** The class of each image. */
function best(scores: Float32Array, images: number): readonly number[] {
  const classes = scores.length / images
  return Array.from({ length: images }, (_, image) => {
    const own = scores.subarray(image * classes, (image + 1) * classes)
    return own.indexOf(Math.max(...own))
  })
}
