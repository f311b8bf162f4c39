import { bindRequest, toRequest, writeJsonBody } from '@servebench/plugin-oip/protocol'
import type { OipModel } from '@servebench/plugin-oip/protocol'
import type { Sample } from 'servebench/plugin'
import type { HttpContent } from 'servebench/session'

/**
 * The request of the KServe v2 protocol, with tensors in JSON. TorchServe describes no tensors: names, datatypes and
 * shapes are those of the request.
 * @throws {ValidationError} with everything that is missing
 */
export function toInferRequest(
  sample: Sample,
  name: string,
): { readonly content: HttpContent; readonly items: number } {
  const model: OipModel = { name, version: '', inputs: [], outputs: [], maxBatchSize: null }
  const bound = bindRequest(toRequest(sample, model), model)
  const { parts } = writeJsonBody(bound)
  return {
    content: { bytes: Buffer.concat(parts), type: 'application/json' },
    items: bound.items,
  }
}
