import { byteElements, ElementError, elementReader } from '@servebench/plugin-oip/protocol'
import type { TensorData } from 'servebench/plugin'
import type { TfServingFeature } from '../request.ts'

/** A feature as `tensorflow.Feature` has it. */
export type Feature =
  | { readonly kind: 'float'; readonly values: readonly number[] }
  | { readonly kind: 'int64'; readonly values: readonly bigint[] }
  /** Text goes through JSON as it is, bytes in Base64. */
  | { readonly kind: 'bytes'; readonly values: readonly (string | Uint8Array)[] }

const KINDS = ['float', 'int64', 'bytes'] as const

/**
 * What kind of list a feature is.
 * @throws {ElementError} when its values are of different kinds, or of none
 */
export function readFeature(feature: TfServingFeature): Feature {
  if (typeof feature === 'object' && !ArrayBuffer.isView(feature) && !Array.isArray(feature)) {
    const [name, ...others] = Object.keys(feature ?? {})
    const kind = KINDS.find((one) => one === name)
    if (kind === undefined || others.length > 0)
      throw new ElementError('must be a value, a list, or one of { float }, { int64 } and { bytes }.')
    return readValues(kind, listOf((feature as Readonly<Record<string, unknown>>)[kind]))
  }
  const values = listOf(feature)
  return readValues(kindOf(values), values)
}

function listOf(value: unknown): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[]
  return ArrayBuffer.isView(value) && !(value instanceof Uint8Array)
    ? Array.from(value as unknown as ArrayLike<unknown>)
    : [value]
}

function kindOf(values: readonly unknown[]): Feature['kind'] {
  if (values.length === 0) throw new ElementError('is an empty list: say of what, for example { float: [] }.')
  if (values.every((value) => typeof value === 'number')) return 'float'
  if (values.every((value) => typeof value === 'bigint')) return 'int64'
  if (values.every((value) => typeof value === 'string' || value instanceof Uint8Array)) return 'bytes'
  throw new ElementError('has values of several kinds, or of none: numbers, bigints, text or byte arrays.')
}

function readValues(kind: Feature['kind'], values: readonly unknown[]): Feature {
  switch (kind) {
    case 'float': {
      const read = elementReader('FP32')
      return { kind, values: values.map((value, index) => Number(read(value, index))) }
    }
    case 'int64': {
      const read = elementReader('INT64')
      // Plans are JSON: they have whole numbers beyond 2^53 as text.
      const whole = (value: unknown): unknown =>
        typeof value === 'string' && /^-?\d+$/.test(value) ? BigInt(value) : value
      return { kind, values: values.map((value, index) => BigInt(read(whole(value), index))) }
    }
    case 'bytes':
      byteElements(values as TensorData)
      return { kind, values: values as readonly (string | Uint8Array)[] }
  }
}
