import { WireReader } from '@servebench/plugin-oip/protocol'
import type { OipOutput } from '@servebench/plugin-oip/protocol'
import { TfServingResponse } from '../response.ts'
import { readModelSpec } from './read-model-spec.ts'
import { readTensorProto } from './read-tensor-proto.ts'

/** Field numbers of `PredictResponse`; not in the order of the request's. */
const Response = { outputs: 1, modelSpec: 2 } as const
const Entry = { key: 1, value: 2 } as const

/**
 * Reads a `PredictResponse`; outputs in the order of their names.
 * @throws {ServebenchError} `SERVEBENCH_TFSERVING_ANSWER` or `SERVEBENCH_PROTOBUF`
 */
export function readPredictAnswer(message: Uint8Array): TfServingResponse {
  const outputs: OipOutput[] = []
  let model = { modelName: '', modelVersion: '', signature: '' }
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Response.outputs) outputs.push(readEntry(reader.bytes()))
    else if (reader.field === Response.modelSpec) model = readModelSpec(reader.bytes())
    else reader.skip()
  }
  outputs.sort((a, b) => (a.name < b.name ? -1 : 1))
  return new TfServingResponse({ ...model, outputs })
}

function readEntry(message: Uint8Array): OipOutput {
  let name = ''
  let tensor: Uint8Array = new Uint8Array()
  const reader = new WireReader(message)
  while (reader.next()) {
    if (reader.field === Entry.key) name = reader.string()
    else if (reader.field === Entry.value) tensor = reader.bytes()
    else reader.skip()
  }
  return readTensorProto(name, tensor)
}
