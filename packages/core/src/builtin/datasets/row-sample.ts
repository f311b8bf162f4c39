import {
  elementCount,
  isBatched,
  suggest,
  type Datatype,
  type Sample,
  type TargetMetadata,
  type Tensor,
  type TensorData,
  type TensorMetadata,
} from '../../plugin.ts'
import { convertElements, guessDatatype, type Elements } from './convert-elements.ts'
import type { ColumnTensor, RowOptions } from './dataset.ts'
import { cellOf, bytesOf, plainJson, textOf, widen, type Cell } from './cells.ts'
import { stackTensors } from './stack-tensors.ts'
import { datasetError, RowError, type Row } from './row-reader.ts'

/** What becomes of rows. */
export interface RowMapping {
  /** Cells of a row, as they are kept until they are sent. @throws {RowError} */
  read(row: Row): ReadRow
  /** @throws {RowError} when rows do not fit each other */
  join(rows: readonly ReadRow[]): Sample
}

export interface ReadRow {
  readonly tensors: Readonly<Record<string, Tensor>> | null
  readonly content:
    | { readonly text: string }
    | { readonly bytes: Uint8Array }
    | { readonly json: unknown }
    | null
  readonly label: string | undefined
  /** About how much memory it takes. */
  readonly bytes: number
}

interface Wanted {
  readonly name: string
  readonly columns: readonly string[]
  readonly datatype: Datatype | null
  readonly shape: readonly number[] | null
  readonly input: TensorMetadata | null
}

const MEMBER_BYTES = 32

/**
 * @param columns of the data set, where it has the same in all rows
 * @throws {ServebenchError} when columns are asked for that there are not
 */
export function mapRows(
  options: Pick<RowOptions, 'tensors' | 'text' | 'bytes' | 'json' | 'label'>,
  columns: readonly string[] | null,
  metadata: TargetMetadata | null,
  shown: string,
): RowMapping {
  const { text, bytes, json, label } = options
  const wanted = wantedTensors(options, columns, metadata)
  const names = [
    ...(wanted ?? []).flatMap((tensor) => tensor.columns),
    ...[text, bytes, label].flatMap((name) => name ?? []),
    ...(Array.isArray(json) ? (json as string[]) : []),
  ]
  if (columns !== null) {
    for (const name of names) {
      if (columns.includes(name)) continue
      const meant = suggest(name, columns)
      throw datasetError(
        `The data set '${shown}' has no column '${name}'; it has ${listed(columns)}.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`,
      )
    }
  }
  const batched = metadata === null || metadata.inputs.length === 0 || isBatched(metadata)
  // The first row decides for all, where nobody says which datatype is meant.
  const guessed = new Map<string, Datatype>()
  return {
    read(row) {
      const read = (name: string): unknown => {
        if (Object.hasOwn(row, name)) return row[name]
        throw new RowError(`has no '${name}'; it has ${listed(Object.keys(row))}`)
      }
      const facts = { label: label === undefined ? undefined : textOf(read(label)) }
      if (wanted !== null) {
        const tensors = Object.fromEntries(
          wanted.map((tensor) => [tensor.name, readTensor(tensor, read, batched, guessed)]),
        )
        const size = Object.values(tensors).reduce((sum, { data }) => sum + sizeOf(data), 0)
        return { ...facts, tensors, content: null, bytes: size }
      }
      if (text !== undefined) {
        const value = textOf(read(text))
        return { ...facts, tensors: null, content: { text: value }, bytes: value.length }
      }
      if (bytes !== undefined) {
        const value = bytesOf(read(bytes))
        return { ...facts, tensors: null, content: { bytes: value }, bytes: value.length }
      }
      const members = Array.isArray(json) ? (json as string[]) : Object.keys(row)
      const value = Object.fromEntries(members.map((name) => [name, plainJson(read(name))]))
      return { ...facts, tensors: null, content: { json: value }, bytes: MEMBER_BYTES * members.length }
    },
    join(rows) {
      const [first] = rows as [ReadRow]
      const facts = { items: rows.length, ...(first.label === undefined ? {} : { label: first.label }) }
      if (first.tensors === null) {
        if (rows.length === 1 && first.content !== null) return { ...facts, ...first.content }
        if (first.content !== null && 'json' in first.content)
          return { ...facts, json: rows.map(({ content }) => (content as { json: unknown }).json) }
        throw datasetError(
          `Rows of '${shown}' that are sent as text or bytes cannot be batched.`,
          'Send them as a tensor: tensors: { INPUT: { columns: "text", datatype: "BYTES", shape: [1] } }.',
        )
      }
      const tensors = Object.keys(first.tensors).map((name) => [
        name,
        stackTensors(
          name,
          rows.map((row) => row.tensors?.[name] as Tensor),
          batched,
        ),
      ])
      return { ...facts, tensors: Object.fromEntries(tensors) as Record<string, Tensor> }
    },
  }
}

/** `null` when rows do not become tensors. */
function wantedTensors(
  { tensors, text, bytes, json }: Pick<RowOptions, 'tensors' | 'text' | 'bytes' | 'json'>,
  columns: readonly string[] | null,
  metadata: TargetMetadata | null,
): readonly Wanted[] | null {
  const inputs = metadata?.inputs ?? []
  const inputOf = (name: string): TensorMetadata | null => inputs.find((input) => input.name === name) ?? null
  if (tensors !== undefined) {
    return Object.entries(tensors).map(([name, given]) => {
      const wish: ColumnTensor = typeof given === 'string' ? { columns: given } : given
      const { columns: from = name, datatype, shape } = wish
      const input = inputOf(name)
      if (inputs.length > 0 && input === null) {
        const names = inputs.map((one) => one.name)
        const meant = suggest(name, names)
        throw datasetError(
          `The model has no input '${name}'; it has ${listed(names)}.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`,
        )
      }
      return {
        name,
        columns: typeof from === 'string' ? [from] : from,
        datatype: datatype ?? ((input?.datatype ?? null) as Datatype | null),
        shape: shape ?? null,
        input,
      }
    })
  }
  if (text !== undefined || bytes !== undefined || json !== undefined) return null
  const required = inputs.filter(({ optional }) => optional !== true)
  if (required.length === 0) return null
  if (columns !== null && !required.every(({ name }) => columns.includes(name))) return null
  return inputs
    .filter(({ name, optional }) => optional !== true || columns?.includes(name))
    .map((input) => ({
      name: input.name,
      columns: [input.name],
      datatype: input.datatype as Datatype,
      shape: null,
      input,
    }))
}

function readTensor(
  { name, columns, datatype, shape, input }: Wanted,
  read: (name: string) => unknown,
  batched: boolean,
  guessed: Map<string, Datatype>,
): Tensor {
  const cells = columns.map((column) => cellOf(column, read(column)))
  const [only] = cells as [Cell]
  const elements: Elements =
    cells.length === 1
      ? only
      : { datatype: null, data: cells.flatMap((cell) => Array.from(cell.data, widen(cell.datatype))) }
  const own = cells.length === 1 ? only.shape : [elements.data.length]
  const to = datatype ?? guessed.get(name) ?? guessDatatype(elements)
  guessed.set(name, to)
  let data: TensorData
  try {
    data = convertElements(elements, to)
  } catch (error) {
    throw error instanceof RowError ? new RowError(`${listed(columns)} ${error.message}`) : error
  }
  const declared =
    input === null || input.anyRank === true ? null : batched ? input.shape.slice(1) : input.shape
  const fitted = shape ?? (declared === null ? own : fitShape(declared, data.length))
  if (fitted === null || elementCount(fitted) !== data.length)
    throw new RowError(
      `${listed(columns)} has ${data.length} elements, which do not fit ${name} [${(shape ?? declared ?? []).join(', ')}]`,
    )
  return { datatype: to, shape: fitted, data }
}

/** The declared shape with what it leaves open, of which all but the last are 1; `null` when the elements do not fill it. */
function fitShape(declared: readonly number[], count: number): readonly number[] | null {
  const last = declared.lastIndexOf(-1)
  const known = declared.reduce((product, size) => (size === -1 ? product : product * size), 1)
  if (last === -1) return known === count ? declared : null
  if (known === 0 || count % known !== 0) return null
  return declared.map((size, axis) => (size !== -1 ? size : axis === last ? count / known : 1))
}

function sizeOf(data: TensorData): number {
  if (ArrayBuffer.isView(data)) return data.byteLength
  return (data as readonly unknown[]).reduce<number>(
    (sum, element) =>
      sum +
      MEMBER_BYTES +
      (typeof element === 'string' || element instanceof Uint8Array ? element.length : 0),
    0,
  )
}

const SHOWN = 5

function listed(names: readonly string[]): string {
  const shown = names.slice(0, SHOWN).map((name) => `'${name}'`)
  return shown.join(', ') + (names.length > SHOWN ? ` and ${names.length - SHOWN} more` : '')
}
