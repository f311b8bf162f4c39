import { WireReader, WireWriter } from '@servebench/plugin-oip/protocol'
import { bodyContent } from 'servebench/session'
import type { TorchServeValue } from '../request.ts'

/** https://github.com/pytorch/serve/blob/v0.12.0/frontend/server/src/main/resources/proto/inference.proto */
export const INFERENCE_SERVICE = '/org.pytorch.serve.grpc.inference.InferenceAPIsService'

const REQUEST = { modelName: 1, modelVersion: 2, input: 3 } as const
const ENTRY = { key: 1, value: 2 } as const
const PREDICTION = 1

interface Addressed {
  readonly model: string
  readonly version: string
}

/** A `PredictionsRequest`. */
export function writePredictMessage(
  { model, version }: Addressed,
  inputs: Readonly<Record<string, TorchServeValue>>,
): Uint8Array {
  const writer = new WireWriter().string(REQUEST.modelName, model)
  if (version !== '') writer.string(REQUEST.modelVersion, version)
  for (const [name, value] of Object.entries(inputs)) {
    writer.message(REQUEST.input, (entry) =>
      entry.string(ENTRY.key, name).bytes(ENTRY.value, bodyContent(value).bytes),
    )
  }
  return writer.finish()
}

/** The prediction of a `PredictionResponse`. @throws {ServebenchError} `SERVEBENCH_PROTOBUF` */
export function readPredictMessage(message: Uint8Array): Uint8Array {
  const reader = new WireReader(message)
  let prediction: Uint8Array = new Uint8Array()
  while (reader.next()) {
    if (reader.field === PREDICTION) prediction = reader.bytes()
    else reader.skip()
  }
  return prediction
}
