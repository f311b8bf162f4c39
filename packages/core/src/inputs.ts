/** Inputs for bench files: synthetic ones, data sets, and queries from files. */
export { audio } from './builtin/inputs/audio.ts'
export type { AudioOptions } from './builtin/inputs/audio.ts'
export { bytes } from './builtin/inputs/bytes.ts'
export type { BytesOptions } from './builtin/inputs/bytes.ts'
export { detection } from './builtin/inputs/detection.ts'
export type { DetectionOptions } from './builtin/inputs/detection.ts'
export { image } from './builtin/inputs/image.ts'
export type { ImageOptions, PictureOptions } from './builtin/inputs/image.ts'
export { latent } from './builtin/inputs/latent.ts'
export type { LatentOptions } from './builtin/inputs/latent.ts'
export type { Length } from './builtin/inputs/length.ts'
export { mixed } from './builtin/inputs/mixed.ts'
export type { MixedPart } from './builtin/inputs/mixed.ts'
export { pointCloud } from './builtin/inputs/point-cloud.ts'
export type { PointCloudOptions } from './builtin/inputs/point-cloud.ts'
export { queries } from './builtin/inputs/queries.ts'
export type { QueriesOptions } from './builtin/inputs/queries.ts'
export { recommendation } from './builtin/inputs/recommendation.ts'
export type { RecommendationOptions } from './builtin/inputs/recommendation.ts'
export { repeat } from './builtin/inputs/repeat.ts'
export { tabular } from './builtin/inputs/tabular.ts'
export type { TabularOptions } from './builtin/inputs/tabular.ts'
export { tensors } from './builtin/inputs/tensors.ts'
export type { TensorsOptions } from './builtin/inputs/tensors.ts'
export { text } from './builtin/inputs/text.ts'
export type { TextOptions } from './builtin/inputs/text.ts'
export { timeSeries } from './builtin/inputs/time-series.ts'
export type { TimeSeriesOptions } from './builtin/inputs/time-series.ts'
export { tokens } from './builtin/inputs/tokens.ts'
export type { TokensOptions } from './builtin/inputs/tokens.ts'
export { SPECIAL_VALUES } from './builtin/inputs/values.ts'
export type { GeneratorOptions, SpecialValues } from './builtin/inputs/values.ts'
export { video } from './builtin/inputs/video.ts'
export type { VideoOptions } from './builtin/inputs/video.ts'
export {
  arrow,
  coco,
  csv,
  folder,
  imageNet,
  jsonl,
  npz,
  parquet,
  tfrecord,
} from './builtin/datasets/dataset.ts'
export type * from './builtin/datasets/dataset.ts'
