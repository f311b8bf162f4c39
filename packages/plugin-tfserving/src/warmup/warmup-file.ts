import { bindRequest, WireWriter } from '@servebench/plugin-oip/protocol'
import { ValidationError } from 'servebench/plugin'
import { writeExamplesMessage } from '../grpc/examples-message.ts'
import { writePredictMessage } from '../grpc/predict-message.ts'
import { bindExamples } from '../mapping/bind-examples.ts'
import type { TfServingExamplesRequest, TfServingInput } from '../request.ts'
import { writeRecordFile } from './record-file.ts'

/** Where a version's folder has its warm-up requests. */
export const WARMUP_PATH = 'assets.extra/tf_serving_warmup_requests'
/** Servers refuse to load models with more. */
export const MOST_RECORDS = 1000

/** A request that a server sends to a model before it is available. Inputs need a datatype and a shape. */
export type WarmupRequest = {
  /** Default `serving_default`. */
  readonly signature?: string
} & (
  | { readonly inputs: Readonly<Record<string, Required<TfServingInput>>> }
  | (Pick<TfServingExamplesRequest, 'examples' | 'context'> & { readonly method: 'classify' | 'regress' })
)

/** Field numbers of `PredictionLog`, each of which has the request as its first field. */
const LOGS = { classify: 2, regress: 3, predict: 6 } as const
const REQUEST = 1

/**
 * The content of `assets.extra/tf_serving_warmup_requests`, which servers run through a model that they load.
 * @throws {ValidationError} for requests that cannot be sent, or too many
 */
export function writeWarmupFile(model: string, requests: readonly WarmupRequest[]): Uint8Array {
  if (requests.length > MOST_RECORDS) {
    const message = `are ${requests.length}; servers take ${MOST_RECORDS} at most.`
    throw new ValidationError('The warm-up file', [{ path: 'requests', message }])
  }
  return writeRecordFile(requests.map((request) => writeLog(model, request)))
}

function writeLog(name: string, request: WarmupRequest): Uint8Array {
  const { signature = 'serving_default' } = request
  const choice = { name, version: '', versionLabel: '' }
  const method = 'method' in request ? request.method : 'predict'
  const message =
    'inputs' in request
      ? writePredictMessage(
          bindRequest(request, { name, version: '', inputs: [], outputs: [], maxBatchSize: null }),
          choice,
          signature,
          'content',
        )
      : writeExamplesMessage(bindExamples(request), choice, signature)
  return new WireWriter().message(LOGS[method], (log) => log.bytes(REQUEST, message)).finish()
}
