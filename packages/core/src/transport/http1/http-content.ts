import type { Sample } from '../../dsl/sample.ts'
import { tensorsToJson, toJson } from './json-content.ts'

/** A body, and what its `content-type` says. */
export interface HttpContent {
  readonly bytes: Uint8Array
  readonly type: string
}

const JSON_TYPE = 'application/json'
const TEXT_TYPE = 'text/plain; charset=utf-8'
const BYTES_TYPE = 'application/octet-stream'

/**
 * Text and bytes as they are, anything else as JSON, in which typed arrays are lists.
 * @throws {TypeError} for what has no JSON form
 */
export function bodyContent(body: unknown): HttpContent {
  if (typeof body === 'string') return { bytes: Buffer.from(body), type: TEXT_TYPE }
  if (body instanceof Uint8Array) return { bytes: body, type: BYTES_TYPE }
  return { bytes: Buffer.from(toJson(body)), type: JSON_TYPE }
}

/**
 * A sample as a plain HTTP endpoint takes it: tensors as nested lists by name.
 * @throws {ServebenchError} `SERVEBENCH_TENSOR` for tensors that have no JSON form
 */
export function sampleContent(sample: Sample): HttpContent {
  if ('tensors' in sample) return { bytes: Buffer.from(tensorsToJson(sample.tensors)), type: JSON_TYPE }
  if ('json' in sample) return { bytes: Buffer.from(toJson(sample.json)), type: JSON_TYPE }
  if ('text' in sample) return bodyContent(sample.text)
  return { bytes: sample.bytes, type: sample.type ?? BYTES_TYPE }
}
