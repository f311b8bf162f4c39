import type { ByteSize, Datatype, InputSpec } from '../../plugin.ts'
import { inputSpec } from '../inputs/input-spec.ts'

/** What all data sets take. */
export interface DatasetOptions {
  /** Rows (or files) to pass over at the beginning. */
  readonly skip?: number
  /** Rows (or files) to look at, at most; all by default. */
  readonly rows?: number
  /**
   * Takes rows from all over the data set instead of the first ones, in an order that this number seeds. The whole data
   * set is read, in memory that depends on the number of payloads alone.
   */
  readonly shuffle?: number
  /** `'strict'` (the default): a row that cannot be used is an error. `'skip'`: it is left out, and counted. */
  readonly badRows?: 'strict' | 'skip'
  /** Rows (or images) per request; 1 by default. */
  readonly batch?: number
}

/** Which columns become a tensor. */
export interface ColumnTensor {
  /** One column, or several that stand beside each other; the input's own name by default. */
  readonly columns?: string | readonly string[]
  /** What the model takes by default; where that is not known, what the column has, and `FP32` for numbers in text. */
  readonly datatype?: Datatype
  /** Of one row; what the model takes, or what the column has by default. */
  readonly shape?: readonly number[]
}

/** What is made of a row. One of `tensors`, `text`, `bytes` and `json`; see the default of each format. */
export interface RowOptions extends DatasetOptions {
  /** By the model's inputs: a column, or more about it. By default the columns that are named as the inputs are. */
  readonly tensors?: Readonly<Record<string, string | ColumnTensor>>
  /** The column that is sent as text. */
  readonly text?: string
  /** The column that is sent as bytes. */
  readonly bytes?: string
  /** Sends a row as a JSON object: all of it, or these columns. */
  readonly json?: true | readonly string[]
  /** The column whose values split the distributions in the result. Keep them few. */
  readonly label?: string
  /** Longer rows are bad ones; `'16MiB'` by default. */
  readonly maxRow?: ByteSize
}

export interface CsvOptions extends RowOptions {
  /** `','` by default; `'\t'` for TSV. */
  readonly separator?: string
  /** Names of the columns, for files whose first line does not have them. */
  readonly columns?: readonly string[]
}

export interface NpzOptions extends RowOptions {
  /** `'rows'` (the default): the first axis of all arrays counts samples. `'whole'`: each file is one sample. */
  readonly axis?: 'rows' | 'whole'
}

/** How images are turned into tensors, by the optional package `sharp`. */
export interface DecodeOptions {
  /** Height and width in pixels. */
  readonly size: number | readonly [height: number, width: number]
  /** `'cover'` (the default) crops the middle, `'fill'` distorts, `'contain'` adds borders. */
  readonly fit?: 'cover' | 'fill' | 'contain'
  /** `NCHW` (the default) or `NHWC`. */
  readonly layout?: 'NCHW' | 'NHWC'
  /** What the model takes by default, `FP32` where that is not known. */
  readonly datatype?: 'FP32' | 'FP16' | 'BF16' | 'UINT8'
  /** Of floating point, in 0 to 1, by channel; ImageNet's by default. */
  readonly mean?: readonly [number, number, number]
  readonly std?: readonly [number, number, number]
  /** The name of the model's input; its only input by default. */
  readonly name?: string
}

export interface FolderOptions extends DatasetOptions {
  /** Names that files must match, with `*`, `?` and `**`: `'**\/*.jpg'`. All files of all folders by default. */
  readonly match?: string
  /** MIME type; that of the file's extension by default. */
  readonly type?: string
  /** `'folder'`: the name of the file's folder splits the distributions in the result. */
  readonly label?: 'folder'
  /** Sends tensors instead of files. */
  readonly decode?: DecodeOptions
  /** Larger files are bad ones; `'64MiB'` by default. */
  readonly maxFile?: ByteSize
}

export type ImageNetOptions = Omit<FolderOptions, 'match'>

export interface CocoOptions extends Omit<FolderOptions, 'match' | 'label'> {
  /** The folder of the images; that of the annotations, or `../<their name>`, as in COCO's archives, by default. */
  readonly images?: string
  /** Splits distributions by shape (`4:3`, `3:4`, `other`) or by the number of objects (`0`, `1–4`, `5–9`, `≥10`). */
  readonly label?: 'aspect' | 'objects'
}

/**
 * Rows of a CSV file (RFC 4180). By default they become tensors where columns are named as the model's inputs, and JSON
 * objects otherwise.
 * @param file from the project's folder on; several, one after the other, by a pattern (`'part-*.csv'`) or a folder. What
 *   is compressed by gzip is unpacked
 */
export function csv(file: string, options: CsvOptions = {}): InputSpec {
  return dataset('csv', file, options)
}

/** Lines of JSON objects; as with {@link csv}, tensors or JSON by default. Lists in columns are tensors of their shape. */
export function jsonl(file: string, options: RowOptions = {}): InputSpec {
  return dataset('jsonl', file, options)
}

/** Arrays of NumPy: the rows of `.npz` and `.npy` files; tensors by the arrays' names. */
export function npz(file: string, options: NpzOptions = {}): InputSpec {
  return dataset('npz', file, options)
}

/** Rows of a Parquet file, by the optional package `hyparquet`. */
export function parquet(file: string, options: RowOptions = {}): InputSpec {
  return dataset('parquet', file, options)
}

/** Rows of an Arrow file or stream (Feather V2), uncompressed. */
export function arrow(file: string, options: RowOptions = {}): InputSpec {
  return dataset('arrow', file, options)
}

/** Records of a TFRecord file, compressed or not: `tf.train.Example`, whose features are the columns. */
export function tfrecord(file: string, options: RowOptions = {}): InputSpec {
  return dataset('tfrecord', file, options)
}

/** Files of a folder, in the order of their names, as they are or as decoded images. */
export function folder(path: string, options: FolderOptions = {}): InputSpec {
  return dataset('folder', path, options)
}

/** Images of a folder for each class, as ImageNet has them. */
export function imageNet(path: string, options: ImageNetOptions = {}): InputSpec {
  return dataset('imageNet', path, options)
}

/** Images that COCO's annotations name, `instances_val2017.json` for example. */
export function coco(annotations: string, options: CocoOptions = {}): InputSpec {
  return dataset('coco', annotations, options)
}

function dataset(format: DatasetFormat, file: string, options: object): InputSpec {
  return inputSpec('dataset', { ...options, format, file })
}

export type DatasetFormat =
  | 'csv'
  | 'jsonl'
  | 'npz'
  | 'parquet'
  | 'arrow'
  | 'tfrecord'
  | 'folder'
  | 'imageNet'
  | 'coco'
