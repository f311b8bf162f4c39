import { setTimeout as delay } from 'node:timers/promises'
import { FakeGrpcServer } from '../../../plugin-oip/test/support/fake-grpc-server.ts'
import { fakeModel } from '../../../plugin-oip/test/support/fake-models.ts'
import type { FakeStream } from '../../../plugin-oip/test/support/fake-models.ts'

interface StreamRequest {
  readonly model_name: string
  readonly id: string
  /** Left out when there are none. */
  readonly parameters?: Readonly<Record<string, Readonly<Record<string, unknown>>>>
  readonly raw_input_contents: readonly Buffer[]
}

const INVALID_ARGUMENT = 3
const FINAL = (final: boolean) => ({ triton_final_response: { bool_param: final } })
const tensor = (name: string) => ({ name, datatype: 'INT32', shape: [1, 1] })

/**
 * A server with two models, whose streams behave as those of Triton: `repeat` is decoupled, takes COUNT and GAP_MS, and
 * says its last word only to those who ask for it; `echo` answers once. A negative COUNT is an error.
 */
export function startStreamServer(): Promise<FakeGrpcServer> {
  const column = (name: string) => ({ name, datatype: 'INT32', shape: [-1, 1] })
  const shape = {
    inputs: [column('COUNT'), column('GAP_MS')],
    outputs: [column('INDEX')],
  }
  const config = (name: string) => ({
    name,
    max_batch_size: 8,
    input: [{ name: 'COUNT' }, { name: 'GAP_MS' }],
  })
  return FakeGrpcServer.start({
    models: [
      fakeModel('repeat', 'INT32', {
        ...shape,
        config: { ...config('repeat'), model_transaction_policy: { decoupled: true } },
      }),
      fakeModel('echo', 'INT32', { ...shape, config: config('echo') }),
      fakeModel('sums', 'INT32', { ...shape, config: { ...config('sums'), sequence_batching: {} } }),
    ],
    stream: answer,
  })
}

async function answer(request: StreamRequest, stream: FakeStream): Promise<void> {
  const [count = 0, gap = 0] = request.raw_input_contents.map((bytes) => bytes.readInt32LE(0))
  const { model_name, id } = request
  if (count < 0) {
    const error = `COUNT is negative`
    if (stream.header('triton_grpc_error') === 'true') stream.fail(INVALID_ARGUMENT, error)
    // The id stays empty in the message, but not in what is around it.
    else stream.write({ error_message: error, infer_response: { id } })
    return
  }
  const decoupled = model_name === 'repeat'
  const respond = (index: number | null, final: boolean): void =>
    stream.write({
      infer_response: {
        model_name,
        model_version: '1',
        id,
        parameters: FINAL(final),
        ...(index === null ? {} : { outputs: [tensor('INDEX')], raw_output_contents: [int32(index)] }),
      },
    })
  if (!decoupled) return respond(count, true)
  for (let index = 0; index < count; index++) {
    if (index > 0 && gap > 0) await delay(gap)
    respond(index, false)
  }
  if (request.parameters?.['triton_enable_empty_final_response']?.['bool_param'] === true) respond(null, true)
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeInt32LE(value)
  return bytes
}
