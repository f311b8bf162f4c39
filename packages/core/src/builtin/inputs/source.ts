import type { TargetMetadata } from '../../plugin.ts'
import type { CreateSource, SampleSource } from '../../session.ts'
import { bytesSource } from './bytes-source.ts'
import type { BytesOptions } from './bytes.ts'
import { imageSource } from './image-source.ts'
import type { ImageOptions } from './image.ts'
import { querySource, type QuerySourceOptions } from './query-source.ts'
import { tensorsSource } from './tensors-source.ts'
import type { TensorsOptions } from './tensors.ts'
import { textSource } from './text-source.ts'
import type { TextOptions } from './text.ts'

type SourceOptions = { readonly metadata: TargetMetadata | null } & (
  | { readonly kind: 'tensors'; readonly options: TensorsOptions }
  | { readonly kind: 'image'; readonly options: ImageOptions }
  | { readonly kind: 'text'; readonly options: TextOptions }
  | { readonly kind: 'bytes'; readonly options: BytesOptions }
  | { readonly kind: 'queries'; readonly options: QuerySourceOptions }
)

export const createSource: CreateSource<SourceOptions> = async (source): Promise<SampleSource> => {
  switch (source.kind) {
    case 'tensors':
      return tensorsSource(source.options, source.metadata)
    case 'image':
      return imageSource(source.options, source.metadata)
    case 'text':
      return textSource(source.options)
    case 'bytes':
      return bytesSource(source.options)
    case 'queries':
      return querySource(source.options)
  }
}
