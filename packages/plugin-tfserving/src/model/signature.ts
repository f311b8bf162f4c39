import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { OipModel } from '@servebench/plugin-oip/protocol'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { datatypeOf } from './data-type.ts'

type Tensors = OipModel['inputs']

/** A signature of a model, as its server describes it. */
export interface Signature {
  readonly method: string
  readonly inputs: Tensors
  readonly outputs: Tensors
}

/**
 * Signatures by name, from the JSON form of a `SignatureDefMap`. Both APIs give it: sizes are text over REST, and numbers
 * where messages were read.
 */
export function readSignatures(map: JsonValue | undefined): Readonly<Record<string, Signature>> {
  return Object.fromEntries(
    Object.entries(fieldsOf(fieldsOf(map)['signature_def'])).map(([name, value]) => {
      const { inputs, outputs, method_name: method } = fieldsOf(value)
      return [name, { method: textOf(method), inputs: readTensors(inputs), outputs: readTensors(outputs) }]
    }),
  )
}

/** In the order of their names: maps have none, and encodings of a request should not depend on it. */
function readTensors(map: JsonValue | undefined): Tensors {
  return Object.entries(fieldsOf(map))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => readTensor(name, fieldsOf(value)))
}

function readTensor(name: string, info: JsonObject): Tensors[number] {
  const type = textOf(info['dtype'])
  const { dim, unknown_rank: anyRank } = fieldsOf(info['tensor_shape'])
  return {
    name,
    // Others keep their own name, for messages.
    datatype: datatypeOf(type) ?? type,
    shape: listOf(dim).map((size) => Number(fieldsOf(size)['size'] ?? 0)),
    ...(anyRank === true ? { anyRank: true as const } : {}),
  }
}
