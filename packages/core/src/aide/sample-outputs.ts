import type { SessionModule } from '../engine/session.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'
import type { Nanos } from '../units/nanos.ts'
import { preparedPayloads } from '../worker/prepared-payloads.ts'
import { askTarget } from './ask-target.ts'
import { encodePayloads } from './encode-payloads.ts'
import type { EncodeStream } from './protocol.ts'
import { readOutput, type SampledOutput } from './sampled-output.ts'
import type { UserCall } from './user-call.ts'

/** What is sent to a target to see its outputs. */
export interface SampleRequest {
  readonly stream: EncodeStream
  readonly timeout: Nanos
  readonly maxResponseBytes: number
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
      sampled.push(outputs.map(readOutput))
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
