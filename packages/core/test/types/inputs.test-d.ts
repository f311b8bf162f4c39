import { closed, http, scenario } from 'servebench'
import {
  audio,
  bytes,
  coco,
  csv,
  detection,
  folder,
  image,
  imageNet,
  jsonl,
  latent,
  mixed,
  npz,
  pointCloud,
  recommendation,
  repeat,
  SPECIAL_VALUES,
  tabular,
  tensors,
  text,
  tfrecord,
  timeSeries,
  tokens,
  video,
  type SpecialValues,
} from 'servebench/inputs'
import { yes, type Equal } from './equal.ts'

const load = closed({ concurrency: 1 })
const target = http({ url: 'http://127.0.0.1:1/' })

scenario('inputs follow the case, special values too', {
  matrix: { batch: [1, 8], values: ['random', ...SPECIAL_VALUES] },
  target,
  input: ({ batch, values }) => {
    yes<Equal<typeof values, 'random' | SpecialValues>>()
    return image({ size: 224, batch, values })
  },
  load,
})

image({ size: [480, 640], format: 'jpeg', quality: 75, subsampling: '4:4:4' })
detection({ objects: [1, 20], aspect: 'coco', values: 'huge' })
latent({ shape: [4, 64, 64], timestep: { name: 't' }, datatype: 'BF16' })
tokens({ length: { mean: 200, cv: 1, most: 512 }, values: 'all-padding', names: { mask: null } })
text({ words: { observed: [5, 10], weights: [1, 2] }, maxTokens: [10, 100] })
audio({ seconds: 1.5, format: 'log-mel', values: 'silence' })
recommendation({ tables: { count: 26, rows: 100_000 }, values: 'out-of-range' })
recommendation({ tables: [10, 20], ids: 'uniform' })
tabular({ features: 5, values: 'one-hot' })
timeSeries({ steps: 48, kind: 'walk' })
video({ frames: [8, 16], size: 224, layout: 'NTHWC' })
pointCloud({ points: 1024, values: 'single-point' })
bytes({ size: ['1KiB', '2KiB'], values: 'empty' })
tensors({ shapes: { x: [3] }, datatypes: { x: 'FP16' }, values: 'denormals' })
mixed({ short: text({ words: 5 }), long: { input: text({ words: 500 }), weight: 0.1 } })
repeat(folder('images', { decode: { size: 224 } }), { index: 3 })
csv('a.csv', { separator: ';', tensors: { x: { columns: ['a', 'b'], datatype: 'FP32' }, y: 'c' } })
jsonl('a.jsonl', { text: 'prompt', shuffle: 1, badRows: 'skip' })
npz('a.npz', { axis: 'whole' })
tfrecord('a.tfrecord', { bytes: 'image/encoded', maxRow: '64MiB' })
imageNet('train', { label: 'folder' })
coco('instances_val2017.json', { label: 'objects' })

// @ts-expect-error an image has a size
image({})
// @ts-expect-error `silence` is of audio
image({ size: 224, values: 'silence' })
// @ts-expect-error the datatype of an image is none of text
image({ size: 224, datatype: 'BYTES' })
// @ts-expect-error quality is a number
image({ size: 224, format: 'jpeg', quality: '90' })
// @ts-expect-error there are no GIFs
image({ size: 224, format: 'gif' })
// @ts-expect-error a spelling mistake
image({ size: 224, bacth: 8 })
// @ts-expect-error a lognormal length has a longest one
tokens({ length: { mean: 200 } })
// @ts-expect-error ids are INT64 or INT32
tokens({ length: 8, datatype: 'FP32' })
// @ts-expect-error `one-hot` is of rows
tokens({ length: 8, values: 'one-hot' })
// @ts-expect-error tables have rows
recommendation({ tables: { count: 26 } })
// @ts-expect-error a size has a unit
bytes({ size: 1024 })
// @ts-expect-error parts are inputs
mixed({ a: { text: 'a' } })
// @ts-expect-error only inputs of factories are repeated
repeat({ text: 'a' })
// @ts-expect-error COCO has no match
coco('a.json', { match: '*' })
// @ts-expect-error separators belong to CSV
jsonl('a.jsonl', { separator: ';' })
// @ts-expect-error an array is `rows` or `whole`
npz('a.npz', { axis: 0 })
// @ts-expect-error images are decoded to a size
folder('images', { decode: {} })
// @ts-expect-error a datatype that there is not
tensors({ datatypes: { x: 'float32' } })

scenario('inputs that are none', {
  target,
  // @ts-expect-error a number is no input
  input: 5,
  load,
})
