import { join, readCount, readFields, readPositive, readString, type Fields } from './fields.ts'
import type { Problems } from './problems.ts'

/**
 * What is known about a target's model without running it. A model that servebench launches a server with is read by
 * itself: this is for others, and for what a file does not tell.
 */
export interface StaticOptions {
  /** What it does, such as `'image classification'`. */
  readonly task?: string
  /** An ONNX file, the folder of a SavedModel, or a frozen graph; relative to the root. */
  readonly model?: string
  /** Sizes that the model leaves open, by their names, such as `{ sequence: 128 }`; the batch is one inference. */
  readonly sizes?: Readonly<Record<string, number>>
  /** Learned elements, where there is no file to count them in. */
  readonly parameters?: number
  /** FLOP of matrix products and convolutions in one inference; a multiply-add is two. */
  readonly flops?: number
  /** Bytes of the weights. */
  readonly bytes?: number
  /** What it runs on, by its name in the peaks file, where that is not this machine. */
  readonly device?: string
}

/** The same as plain data. */
export type StaticPlan = StaticOptions

const OPTIONS: readonly (keyof StaticOptions)[] = [
  'task',
  'model',
  'sizes',
  'parameters',
  'flops',
  'bytes',
  'device',
]

/** Reads `static`; `undefined` where it is wrong. */
export function readStatic(problems: Problems, path: string, value: unknown): StaticPlan | undefined {
  const fields = readFields(problems, path, value, OPTIONS)
  if (fields === undefined) return undefined
  const before = problems.errors.length
  const at = (name: string): string => join(path, name)
  const text = (name: string): object =>
    fields[name] === undefined ? {} : { [name]: readString(problems, at(name), fields[name]) }
  const plan = {
    ...text('task'),
    ...text('model'),
    ...text('device'),
    ...(fields['sizes'] === undefined ? {} : { sizes: readSizes(problems, at('sizes'), fields['sizes']) }),
    ...(fields['parameters'] === undefined
      ? {}
      : { parameters: readCount(problems, at('parameters'), fields['parameters']) }),
    ...(fields['flops'] === undefined
      ? {}
      : { flops: readPositive(problems, at('flops'), fields['flops'], 'FLOP') }),
    ...(fields['bytes'] === undefined ? {} : { bytes: readCount(problems, at('bytes'), fields['bytes']) }),
  }
  return problems.errors.length > before ? undefined : (plan as StaticPlan)
}

function readSizes(
  problems: Problems,
  path: string,
  value: unknown,
): Readonly<Record<string, number>> | undefined {
  const fields: Fields | undefined = readFields(problems, path, value, Object.keys(value ?? {}))
  if (fields === undefined) return undefined
  return Object.fromEntries(
    Object.entries(fields).map(([name, size]) => [name, readCount(problems, join(path, name), size) ?? 1]),
  )
}
