import type { JsonObject, PlannedTensor, TargetMetadata } from '../../plugin.ts'
import type { InputKind } from './kinds.ts'
import type { CreateSource, SampleSource } from '../../session.ts'

/** What the provider hands to the thread that makes samples. */
export interface SourceOptions {
  readonly kind: InputKind | 'planned'
  readonly options: JsonObject
  readonly metadata: TargetMetadata | null
}

type Open = (options: never, metadata: TargetMetadata | null) => SampleSource | Promise<SampleSource>

/** Each imports only what it needs: decoders and readers are large. */
const SOURCES = {
  image: async () => (await import('./picture-source.ts')).imageSource,
  detection: async () => (await import('./picture-source.ts')).detectionSource,
  latent: async () => (await import('./latent-source.ts')).latentSource,
  tokens: async () => (await import('./tokens-source.ts')).tokensSource,
  text: async () => (await import('./text-source.ts')).textSource,
  audio: async () => (await import('./audio-source.ts')).audioSource,
  recommendation: async () => (await import('./recommendation-source.ts')).recommendationSource,
  tabular: async () => (await import('./tabular-source.ts')).tabularSource,
  timeSeries: async () => (await import('./time-series-source.ts')).timeSeriesSource,
  video: async () => (await import('./video-source.ts')).videoSource,
  pointCloud: async () => (await import('./point-cloud-source.ts')).pointCloudSource,
  bytes: async () => (await import('./bytes-source.ts')).bytesSource,
  tensors: async () => (await import('./tensors-source.ts')).tensorsSource,
  queries: async () => (await import('./query-source.ts')).querySource,
  repeat: async () => (await import('./composed-source.ts')).repeatSource,
  mixed: async () => (await import('./composed-source.ts')).mixedSource,
  dataset: async () => (await import('../datasets/dataset-source.ts')).datasetSource,
} satisfies Record<InputKind, () => Promise<Open>>

export const createSource: CreateSource<SourceOptions> = async ({ kind, options, metadata }) => {
  if (kind === 'planned') {
    const { plannedSource } = await import('./tensors-source.ts')
    return plannedSource(options as unknown as { readonly tensors: readonly PlannedTensor[] })
  }
  const open: Open = await SOURCES[kind]()
  return await open(options as never, metadata)
}
