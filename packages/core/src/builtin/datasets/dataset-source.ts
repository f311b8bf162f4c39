import { readFile, stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { DatasetReport, Sample, TargetMetadata, Tensor } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { OptionReader } from '../inputs/option-reader.ts'
import { placeTensor } from '../inputs/place-tensor.ts'
import type { DatasetFormat, DecodeOptions, RowOptions } from './dataset.ts'
import { createDecoder, type ImageDecoder } from './decode-image.ts'
import { requirePath } from './file-bytes.ts'
import { listCoco, listFolder, typeOf, type ListedFile } from './image-files.ts'
import { selectRows, type RowSelection } from './read-rows.ts'
import { openRows, type RowFormat } from './open-rows.ts'
import { mapRows } from './row-sample.ts'
import { datasetError, RowError, type Reading } from './row-reader.ts'

/** What the plugin adds to the options of the bench file. */
export interface DatasetSourceOptions {
  readonly format: DatasetFormat
  readonly file: string
  readonly root: string
  /** Of payloads. */
  readonly limit: { readonly count: number; readonly bytes: number } | null
}

const LIMIT = { count: 64, bytes: 268_435_456 }
const MAX_ROW = '16MiB'
const MAX_FILE = '64MiB'

/** Reads what will be sent before the trial: as many samples as there are payloads, and no more. */
export async function datasetSource(
  source: DatasetSourceOptions,
  metadata: TargetMetadata | null,
): Promise<SampleSource> {
  const { format, root, limit, ...options } = source
  const reader = new OptionReader(format, options)
  const shown = reader.text('file') ?? ''
  if (shown === '') reader.report('file', 'is missing.')
  const batch = reader.whole('batch', 1)
  const shuffle =
    reader.read('shuffle') === undefined ? null : reader.whole('shuffle', 0, { least: 0, most: MOST_SEED })
  const { count, bytes } = limit ?? LIMIT
  const selection: RowSelection = {
    shown,
    skip: reader.whole('skip', 0, { least: 0 }),
    rows: reader.read('rows') === undefined ? Infinity : reader.whole('rows', 1),
    shuffle,
    badRows: reader.choice('badRows', ['strict', 'skip'], 'strict'),
    wanted: count * batch,
    bytes,
  }
  return format === 'folder' || format === 'imageNet' || format === 'coco'
    ? await fileSource(reader, { format, root, batch, selection }, metadata)
    : await rowSource(reader, { format, root, batch, selection }, metadata)
}

const MOST_SEED = Number.MAX_SAFE_INTEGER

interface Parts<Format> {
  readonly format: Format
  readonly root: string
  readonly batch: number
  readonly selection: RowSelection
}

async function rowSource(
  reader: OptionReader,
  { format, root, batch, selection }: Parts<RowFormat['format']>,
  metadata: TargetMetadata | null,
): Promise<SampleSource> {
  const { shown } = selection
  const maxRow = reader.size('maxRow', reader.read('maxRow') ?? MAX_ROW)
  const options: Pick<RowOptions, 'tensors' | 'text' | 'bytes' | 'json' | 'label'> = Object.fromEntries(
    ['tensors', 'text', 'bytes', 'json', 'label'].flatMap((name) => {
      const value = reader.read(name)
      return value === undefined ? [] : [[name, value]]
    }),
  )
  const contents = ['tensors', 'text', 'bytes', 'json'].filter((name) => name in options)
  if (contents.length > 1) reader.report(contents[1] as string, `and ${contents[0]} exclude each other.`)
  const separator = format === 'csv' ? (reader.text('separator') ?? ',') : ','
  if (separator.length !== 1) reader.report('separator', 'must be one character.')
  const names = format === 'csv' ? (reader.read('columns') as readonly string[] | undefined) : undefined
  const axis = format === 'npz' ? reader.choice('axis', ['rows', 'whole'], 'rows') : 'rows'
  reader.done()
  const rows = await openRows(root, shown, { format, separator, columns: names ?? null, axis, maxRow })
  const mapping = mapRows(options, rows.columns, metadata, shown)
  const selected = await selectRows(rows.rows(), selection, ({ row }) => mapping.read(row))
  const samples = groups(selected.rows, batch, shown).map((group) => mapping.join(group))
  return fixedSource(samples, selected.report)
}

/** A file that was read, as it will be sent. */
interface ReadFile {
  readonly content: Uint8Array | Tensor
  readonly type: string | undefined
  readonly label: string | undefined
  readonly bytes: number
}

async function fileSource(
  reader: OptionReader,
  { format, root, batch, selection }: Parts<'folder' | 'imageNet' | 'coco'>,
  metadata: TargetMetadata | null,
): Promise<SampleSource> {
  const { shown } = selection
  const maxFile = reader.size('maxFile', reader.read('maxFile') ?? MAX_FILE)
  const type = reader.text('type')
  const match = format === 'folder' ? reader.text('match') : undefined
  const images = format === 'coco' ? reader.text('images') : undefined
  const label = reader.text('label')
  const labels = format === 'coco' ? ['aspect', 'objects'] : ['folder']
  if (label !== undefined && !labels.includes(label))
    reader.report('label', `must be '${labels.join("' or '")}'.`)
  const decode = reader.read('decode') as DecodeOptions | undefined
  if (decode !== undefined && !isSize(decode.size))
    reader.report('decode.size', 'must be a whole number of pixels above 0, or [height, width].')
  reader.done()
  const path = resolve(root, shown)
  await requirePath(path, shown, format === 'coco' ? 'file' : 'folder')
  const decoder = decode === undefined ? null : await createDecoder(decode, reader, metadata)
  const selected = await selectRows(listed(), selection, ({ row }) =>
    readOne(row['file'] as ListedFile, { maxFile, type, decoder }),
  )
  const place = decoder?.place ?? null
  const samples = groups(selected.rows, batch, shown).map((group): Sample => {
    const [first] = group as [ReadFile]
    const facts = { items: group.length, ...(first.label === undefined ? {} : { label: first.label }) }
    if (place !== null) return { ...facts, tensors: { [place.name]: joinImages(group, place.rank) } }
    if (batch === 1) {
      const { content } = first as { content: Uint8Array }
      return { ...facts, bytes: content, ...(first.type === undefined ? {} : { type: first.type }) }
    }
    const { name, rank } = placeTensor({ name: undefined, datatypes: ['BYTES'], kind: format }, metadata)
    const shape = rank === 1 ? [batch] : [batch, 1]
    return {
      ...facts,
      tensors: {
        [name]: { datatype: 'BYTES', shape, data: group.map(({ content }) => content as Uint8Array) },
      },
    }
  })
  return fixedSource(samples, selected.report)

  async function* listed(): AsyncGenerator<Reading> {
    const files =
      format === 'coco'
        ? await listCoco(path, shown, {
            images: images === undefined ? undefined : resolve(root, images),
            label: label as 'aspect' | 'objects' | undefined,
          })
        : listFolder(path, {
            ...(match === undefined ? {} : { match }),
            images: format === 'imageNet' || decode !== undefined,
            label: label === 'folder',
          })
    for await (const file of files) yield { place: file.name, row: { file } }
  }
}

async function readOne(
  { path, name, label }: ListedFile,
  {
    maxFile,
    type,
    decoder,
  }: { readonly maxFile: number; readonly type: string | undefined; readonly decoder: ImageDecoder | null },
): Promise<ReadFile> {
  const found = await stat(path).catch((error: NodeJS.ErrnoException) => {
    throw new RowError(error.code === 'ENOENT' ? 'does not exist' : `cannot be read: ${error.code}`)
  })
  if (found.size > maxFile) throw new RowError(`has ${found.size} bytes, and maxFile is ${maxFile}`)
  const file = await readFile(path).catch((error: NodeJS.ErrnoException) => {
    throw new RowError(`cannot be read: ${error.code}`)
  })
  if (decoder === null) return { content: file, type: type ?? typeOf(name), label, bytes: file.length }
  const tensor = await decoder.decode(file)
  return { content: tensor, type: undefined, label, bytes: (tensor.data as Uint8Array).byteLength }
}

function joinImages(group: readonly ReadFile[], rank: number | null): Tensor {
  const tensors = group.map(({ content }) => content as Tensor)
  const [first] = tensors as [Tensor]
  if (tensors.length === 1 && rank === first.shape.length) return first
  const size = first.data.length
  const data = new (first.data.constructor as new (length: number) => Float32Array)(size * tensors.length)
  for (const [index, tensor] of tensors.entries()) data.set(tensor.data as Float32Array, index * size)
  return { datatype: first.datatype, shape: [tensors.length, ...first.shape], data }
}

/** Whole batches; what is left over is not sent. */
function groups<T>(rows: readonly T[], size: number, shown: string): readonly (readonly T[])[] {
  if (rows.length < size) {
    throw datasetError(
      `The data set '${shown}' has ${rows.length} rows that can be used, which are less than one batch of ${size}.`,
    )
  }
  return Array.from({ length: Math.floor(rows.length / size) }, (_, index) =>
    rows.slice(index * size, (index + 1) * size),
  )
}

function fixedSource(samples: readonly Sample[], report: DatasetReport): SampleSource {
  return { distinct: samples.length, datasets: [report], sample: (index) => samples[index % samples.length] }
}

function isSize(size: unknown): boolean {
  const isWhole = (one: unknown): boolean => Number.isSafeInteger(one) && (one as number) > 0
  return isWhole(size) || (Array.isArray(size) && size.length === 2 && size.every(isWhole))
}
