import { alexnet, type AlexnetShape } from './alexnet.ts'
import { cnn, type CnnShape } from './cnn.ts'
import { decoder, type DecoderShape } from './decoder.ts'
import { dlrm, type DlrmShape } from './dlrm.ts'
import { encoder, type EncoderShape } from './encoder.ts'
import type { Family } from './family.ts'
import { gan, type GanShape } from './gan.ts'
import { mlp, type MlpShape } from './mlp.ts'
import { mobilenet, type MobilenetShape } from './mobilenet.ts'
import { resnet, type ResnetShape } from './resnet.ts'
import { rnn, type RnnShape } from './rnn.ts'
import { speech, type SpeechShape } from './speech.ts'
import { unet, type UnetShape } from './unet.ts'
import { vgg, type VggShape } from './vgg.ts'
import { wideDeep, type WideDeepShape } from './wide-deep.ts'
import { yolo, type YoloShape } from './yolo.ts'

/** The options of each family with every default in place. */
export interface Shapes {
  readonly mlp: MlpShape
  readonly cnn: CnnShape
  readonly alexnet: AlexnetShape
  readonly vgg: VggShape
  readonly resnet: ResnetShape
  readonly mobilenet: MobilenetShape
  readonly rnn: RnnShape
  readonly encoder: EncoderShape
  readonly decoder: DecoderShape
  readonly 'wide-deep': WideDeepShape
  readonly dlrm: DlrmShape
  readonly yolo: YoloShape
  readonly gan: GanShape
  readonly speech: SpeechShape
  readonly unet: UnetShape
}
export type FamilyName = keyof Shapes
export type ModelShape = Shapes[FamilyName]

export const FAMILIES: { readonly [Name in FamilyName]: Family<Shapes[Name]> } = {
  mlp,
  cnn,
  alexnet,
  vgg,
  resnet,
  mobilenet,
  rnn,
  encoder,
  decoder,
  'wide-deep': wideDeep,
  dlrm,
  yolo,
  gan,
  speech,
  unet,
}

/** The family of a shape, which takes just such shapes. */
export function familyOf(shape: ModelShape): Family<ModelShape> {
  return FAMILIES[shape.family] as unknown as Family<ModelShape>
}
