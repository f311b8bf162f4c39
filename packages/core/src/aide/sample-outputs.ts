import type { OutputTensor } from '../engine/output-tensor.ts'
import type { SessionModule } from '../engine/session.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { Elements } from '../stats/comparison/elements.ts'
import type { Nanos } from '../units/nanos.ts'
import { preparedPayloads } from '../worker/prepared-payloads.ts'
import { askTarget } from './ask-target.ts'
import { encodePayloads } from './encode-payloads.ts'
import type { EncodeStream } from './protocol.ts'
import type { UserCall } from './user-call.ts'

/** What is sent to a target to see its outputs. */
export interface SampleRequest {
  readonly stream: EncodeStream
  readonly timeout: Nanos
  readonly maxResponseBytes: number
}

/** An output in a form that can be compared, whatever the protocol that it came by. */
export interface SampledOutput {
  readonly name: string
  /** `null` where the protocol does not tell. */
  readonly datatype: string | null
  readonly shape: readonly number[]
  readonly elements: Elements
}

/**
 * Sends the payloads of a stream once and returns the outputs of every answer.
 * @throws {ServebenchError} `SERVEBENCH_AGREEMENT` when a request fails, or an answer has no outputs that can be read
 */
export async function sampleOutputs(
  { stream, timeout, maxResponseBytes }: SampleRequest,
  root: string,
  call: UserCall,
): Promise<readonly (readonly SampledOutput[])[]> {
  const ring = await encodePayloads(stream, root, call)
  const { createCodec } = (await import(stream.codec.module)) as SessionModule
  const codec = await createCodec(stream.codec.options)
  const outputsOf = codec.outputs?.bind(codec)
  if (outputsOf === undefined) {
    throw new ServebenchError(
      'SERVEBENCH_AGREEMENT',
      'The answers of this target cannot be read as tensors.',
      {
        advice: 'Leave `agreement` out for it, or compare answers in `check`.',
      },
    )
  }
  const replies = await askTarget({
    session: stream.codec,
    prepared: preparedPayloads(ring),
    timeout,
    maxResponseBytes,
  })
  const sampled: SampledOutput[][] = []
  for (const [index, { raw, failure }] of replies.entries()) {
    if (failure !== null) {
      throw new ServebenchError(
        'SERVEBENCH_AGREEMENT',
        `Input ${index + 1} of those whose answers are compared was not answered: ${failure}.`,
        { exitCode: ExitCode.target },
      )
    }
    try {
      const response = await codec.decode(raw, ring.entries[index]?.meta ?? null)
      const outputs = await outputsOf(response)
      sampled.push(outputs.map(comparable))
    } catch (cause) {
      throw new ServebenchError(
        'SERVEBENCH_AGREEMENT',
        `The answer to input ${index + 1} cannot be read as tensors: ${messageOf(cause)}`,
        { exitCode: ExitCode.target, cause },
      )
    }
  }
  return sampled
}

function comparable({ name, datatype, shape, data }: OutputTensor): SampledOutput {
  return { name, datatype, shape: [...shape], elements: elementsOf(data) }
}

/** Copies: what is a view of something larger would travel with all of it. */
function elementsOf(data: OutputTensor['data']): Elements {
  if (data instanceof BigInt64Array || data instanceof BigUint64Array) return data.slice()
  if (ArrayBuffer.isView(data)) return Float64Array.from(data as Float64Array)
  const [first] = data
  if (typeof first === 'string' || first instanceof Uint8Array)
    return (data as readonly (string | Uint8Array)[]).map((each) => Buffer.from(each).toString('latin1'))
  return Float64Array.from(data as readonly number[])
}
