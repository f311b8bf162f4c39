import type { FamilyName, Shapes } from './families.ts'

type Preset<Name extends FamilyName> = { readonly family: Name } & Partial<Shapes[Name]>
type PresetsOf<Name extends FamilyName, Names extends string> = Readonly<Record<Names, Preset<Name>>>
type Presets = PresetsOf<'alexnet', 'alexnet'> &
  PresetsOf<'vgg', 'vgg-11' | 'vgg-16' | 'vgg-19'> &
  PresetsOf<'resnet', 'resnet-18' | 'resnet-34' | 'resnet-50' | 'resnet-101' | 'resnet-152'> &
  PresetsOf<'mobilenet', 'mobilenet-v1' | 'mobilenet-v2'> &
  PresetsOf<
    'encoder',
    'bert-tiny' | 'bert-mini' | 'bert-small' | 'bert-medium' | 'bert-base' | 'bert-large'
  > &
  PresetsOf<'encoder', 'distilbert' | 'minilm-l6' | 'minilm-l12' | 'tinybert'> &
  PresetsOf<'decoder', 'distilgpt2' | 'gpt2-small' | 'gpt2-medium' | 'gpt2-large' | 'gpt2-xl'> &
  PresetsOf<'decoder', 'llama-2-7b' | 'llama-3-8b'> &
  PresetsOf<'rnn', 'lstm-2x512'> &
  PresetsOf<'dlrm', 'dlrm-mlperf'> &
  PresetsOf<'yolo', 'yolov8-n' | 'yolov8-s' | 'yolov8-m'> &
  PresetsOf<'gan', 'dcgan'> &
  PresetsOf<'speech', 'deepspeech2'> &
  PresetsOf<'unet', 'unet'>

const BERT = { family: 'encoder', layers: 12, width: 768, heads: 12, hidden: 3072 } as const
const GPT2 = { family: 'decoder', style: 'gpt2', vocabulary: 50_257, positions: 1024 } as const
const LLAMA = { family: 'decoder', style: 'llama', heads: 32, width: 4096, layers: 32 } as const

/** Google's small BERTs (Turc et al. 2019). */
function compactBert(layers: number, width: number): Preset<'encoder'> {
  return { family: 'encoder', layers, width, heads: width / 64, hidden: 4 * width }
}

/**
 * Options of well-known models, with the parameters that were published for them. Spread one into the options of a
 * model: `onnxModel({ ...presets['bert-base'], sequence: 384, precision: 'fp16' })`.
 */
export const presets: Presets = {
  alexnet: { family: 'alexnet' },
  'vgg-11': { family: 'vgg', layers: 11 },
  'vgg-16': { family: 'vgg', layers: 16 },
  'vgg-19': { family: 'vgg', layers: 19 },
  'resnet-18': { family: 'resnet', layers: 18 },
  'resnet-34': { family: 'resnet', layers: 34 },
  'resnet-50': { family: 'resnet', layers: 50 },
  'resnet-101': { family: 'resnet', layers: 101 },
  'resnet-152': { family: 'resnet', layers: 152 },
  'mobilenet-v1': { family: 'mobilenet', version: 1 },
  'mobilenet-v2': { family: 'mobilenet', version: 2 },
  'bert-tiny': compactBert(2, 128),
  'bert-mini': compactBert(4, 256),
  'bert-small': compactBert(4, 512),
  'bert-medium': compactBert(8, 512),
  'bert-base': BERT,
  'bert-large': { family: 'encoder', layers: 24, width: 1024, heads: 16, hidden: 4096 },
  distilbert: { ...BERT, layers: 6, types: 0, head: 'states' },
  'minilm-l6': { family: 'encoder', layers: 6, width: 384, heads: 12, hidden: 1536 },
  'minilm-l12': { family: 'encoder', layers: 12, width: 384, heads: 12, hidden: 1536 },
  tinybert: { family: 'encoder', layers: 4, width: 312, heads: 12, hidden: 1200 },
  distilgpt2: { ...GPT2, layers: 6, width: 768, heads: 12, hidden: 3072 },
  'gpt2-small': { ...GPT2, layers: 12, width: 768, heads: 12, hidden: 3072 },
  'gpt2-medium': { ...GPT2, layers: 24, width: 1024, heads: 16, hidden: 4096 },
  'gpt2-large': { ...GPT2, layers: 36, width: 1280, heads: 20, hidden: 5120 },
  'gpt2-xl': { ...GPT2, layers: 48, width: 1600, heads: 25, hidden: 6400 },
  'llama-2-7b': { ...LLAMA, hidden: 11_008, vocabulary: 32_000, positions: 4096 },
  'llama-3-8b': { ...LLAMA, kvHeads: 8, hidden: 14_336, vocabulary: 128_256, positions: 8192, base: 500_000 },
  'lstm-2x512': {
    family: 'rnn',
    cell: 'lstm',
    inputs: 256,
    width: 512,
    layers: 2,
    outputs: 0,
    sequence: 100,
  },
  'dlrm-mlperf': { family: 'dlrm' },
  'yolov8-n': { family: 'yolo', variant: 'n' },
  'yolov8-s': { family: 'yolo', variant: 's' },
  'yolov8-m': { family: 'yolo', variant: 'm' },
  dcgan: { family: 'gan' },
  deepspeech2: { family: 'speech', width: 1024 },
  unet: { family: 'unet' },
}

export type PresetName = keyof Presets
