import type { TensorMetadata } from 'servebench/plugin'
import { bindRequest } from '../../src/mapping/bind-request.ts'
import type { BoundRequest } from '../../src/mapping/bind-request.ts'
import type { OipModel } from '../../src/mapping/model.ts'
import type { OipRequest } from '../../src/request.ts'

/** A model as a server would describe it. */
export function model(inputs: readonly TensorMetadata[], rest: Partial<OipModel> = {}): OipModel {
  return {
    name: 'm',
    version: '',
    inputs,
    outputs: [{ name: 'y', datatype: 'FP32', shape: [-1, 2] }],
    maxBatchSize: null,
    ...rest,
  }
}

/** One that the server does not describe. */
export const UNDESCRIBED: OipModel = model([], { outputs: [] })

/** A request that says everything itself. */
export function bound(request: OipRequest): BoundRequest {
  return bindRequest(request, UNDESCRIBED)
}
