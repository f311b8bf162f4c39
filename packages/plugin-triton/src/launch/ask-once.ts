import { once } from 'node:events'
import { request } from 'node:http'
import type { IncomingMessage } from 'node:http'
import { bindRequest, DATATYPES, writeBinaryBody } from '@servebench/plugin-oip/protocol'
import type { OipInput, OipModel } from '@servebench/plugin-oip/protocol'
import { elementCount, ExitCode, ServebenchError } from 'servebench/plugin'

const OK = 200
/** A sequence of one request, for models that keep state; others pass over it. */
const WHOLE_SEQUENCE = { sequence_id: 1, sequence_start: true, sequence_end: true }

/**
 * Sends one request of zeros, and reads the answer. Returns the time that took, ns.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_FIRST` when the answer is an error
 */
export async function askOnce(url: string, model: OipModel): Promise<number> {
  const inputs = model.inputs.filter(({ optional }) => optional !== true)
  const bound = bindRequest(
    {
      parameters: WHOLE_SEQUENCE,
      inputs: Object.fromEntries(
        (inputs.length === 0 ? model.inputs : inputs).map((tensor) => [tensor.name, zeros(tensor)]),
      ),
    },
    model,
  )
  const { parts, headerLength } = writeBinaryBody(bound)
  const began = performance.now()
  const outgoing = request(`${url}/v2/models/${encodeURIComponent(model.name)}/infer`, {
    method: 'POST',
    agent: false,
    headers: {
      'content-type': 'application/octet-stream',
      'inference-header-content-length': String(headerLength),
    },
  })
  outgoing.end(Buffer.concat(parts))
  const [incoming] = (await once(outgoing, 'response')) as [IncomingMessage]
  const answer: Buffer[] = []
  for await (const part of incoming as AsyncIterable<Buffer>) answer.push(part)
  const nanos = (performance.now() - began) * 1e6
  if (incoming.statusCode === OK) return nanos
  const text = Buffer.concat(answer).toString().slice(0, 300)
  throw new ServebenchError(
    'SERVEBENCH_TRITON_FIRST',
    `The first request to model '${model.name}' failed with HTTP ${incoming.statusCode}: ${text}`,
    {
      advice: 'It was made of zeros: if the model does not take those, leave firstInference out.',
      exitCode: ExitCode.target,
    },
  )
}

function zeros({ datatype, shape }: OipModel['inputs'][number]): OipInput {
  const sizes = shape.map((size) => (size === -1 ? 1 : size))
  const count = elementCount(sizes)
  const known = DATATYPES.find((name) => name === datatype)
  const data =
    known === 'BYTES' ? Array.from({ length: count }, () => '') : Array.from({ length: count }, () => 0)
  return { shape: sizes, data }
}
