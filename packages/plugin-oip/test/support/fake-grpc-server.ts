import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { handleBidiStreamingCall, handleUnaryCall, UntypedServiceImplementation } from '@grpc/grpc-js'
import { fakeModel, fakeOptions, findModel, STATISTICS, unknownModel } from './fake-models.ts'
import type { FakeOptions, FakeStream } from './fake-models.ts'
import { service } from './oracle.ts'

/** As protobufjs makes them of the definitions beside this file. */
interface Message {
  readonly [field: string]: unknown
}
interface NamedRequest extends Message {
  readonly name: string
  readonly version?: string
}
interface InferRequest extends Message {
  readonly model_name: string
  readonly model_version?: string
  readonly inputs: readonly { readonly datatype: string; readonly shape: readonly string[] }[]
}
interface ControlRequest extends Message {
  readonly model_name: string
  readonly parameters?: { readonly config?: { readonly string_param?: string } }
}
type Handler = (request: never) => Message

/** The protocol over gRPC by grpc-js and protobufjs: models answer with their inputs. */
export class FakeGrpcServer {
  readonly options: FakeOptions
  readonly url: string
  readonly requests: Message[] = []
  readonly control: string[] = []
  readonly #server: Server

  private constructor(server: Server, port: number, options: FakeOptions, secure: boolean) {
    this.#server = server
    this.options = options
    this.url = `${secure ? 'https' : 'http'}://127.0.0.1:${port}`
  }

  static async start(
    options: Partial<FakeOptions> = {},
    tls?: { readonly cert: string; readonly key: string },
  ): Promise<FakeGrpcServer> {
    const server = new Server()
    const credentials =
      tls === undefined
        ? ServerCredentials.createInsecure()
        : ServerCredentials.createSsl(null, [
            { cert_chain: Buffer.from(tls.cert), private_key: Buffer.from(tls.key) },
          ])
    let fake: FakeGrpcServer | undefined
    server.addService(
      service,
      implement(() => fake as FakeGrpcServer),
    )
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', credentials, (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    fake = new FakeGrpcServer(server, port, fakeOptions(options), tls !== undefined)
    return fake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
  }
}

function implement(fake: () => FakeGrpcServer): UntypedServiceImplementation {
  const find = (name: string, version?: string) => {
    const found = findModel(fake().options, name, version)
    if (found === undefined) throw refusal(status.NOT_FOUND, unknownModel(name))
    return found
  }
  const handlers: Record<string, Handler> = {
    ServerLive: () => ({ live: true }),
    ServerReady: () => ({ ready: true }),
    ModelReady: ({ name, version }: NamedRequest) => ({ ready: find(name, version).state === 'READY' }),
    ServerMetadata: () => ({ name: 'fake', version: '1.2', extensions: fake().options.extensions }),
    ModelMetadata: ({ name, version }: NamedRequest) => ({ ...find(name, version) }),
    ModelConfig: ({ name, version }: NamedRequest) => ({ config: find(name, version).config }),
    ModelStatistics: () => ({
      model_stats: fake().options.models.map(({ name }) => ({ name, version: '1', ...STATISTICS })),
    }),
    RepositoryIndex: () => ({
      models: fake().options.models.map(({ name, state, reason }) => ({
        name,
        version: '1',
        state: `State.${state}`,
        reason,
      })),
    }),
    RepositoryModelLoad: (request: ControlRequest) => control(fake(), 'load', request, 'READY'),
    RepositoryModelUnload: (request: ControlRequest) => control(fake(), 'unload', request, 'UNAVAILABLE'),
    ModelInfer: (request: InferRequest) =>
      infer(fake(), request, find(request.model_name, request.model_version).outputs),
  }
  const unary = Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const call: handleUnaryCall<Message, Message> = ({ request, metadata }, callback) => {
        const { authorization } = fake().options
        try {
          if (authorization !== null && metadata.get('authorization')[0] !== authorization) {
            throw refusal(status.UNAUTHENTICATED, 'who are you?')
          }
          callback(null, handler(request as never))
        } catch (error) {
          callback(error as Error)
        }
      }
      return [name, call]
    }),
  )
  return { ...unary, ModelStreamInfer: streamOf(fake) }
}

function streamOf(fake: () => FakeGrpcServer): handleBidiStreamingCall<Message, Message> {
  return (call) => {
    const open: Promise<unknown>[] = []
    const stream: FakeStream = {
      header: (name) => call.metadata.get(name)[0]?.toString(),
      write: (answer) => void call.write(answer),
      fail: (code, details) => void call.emit('error', refusal(code, details)),
    }
    // Clients that give up reset the stream.
    call.on('error', () => {})
    call.on('data', (request: Message) => {
      fake().requests.push(request)
      open.push(Promise.resolve(fake().options.stream?.(request as never, stream)))
    })
    call.on('end', () => void Promise.all(open).then(() => call.end()))
  }
}

function infer(
  fake: FakeGrpcServer,
  request: InferRequest,
  outputs: readonly { readonly name: string }[],
): Message {
  fake.requests.push(request)
  const { failure, stages } = fake.options
  if (failure !== null) throw refusal(failure.grpc, failure.text)
  return {
    model_name: request.model_name,
    model_version: '1',
    id: request['id'],
    parameters:
      stages === null
        ? {}
        : {
            other: { string_param: 'x' },
            servebench_queue_ns: { int64_param: stages.queue },
            servebench_compute_ns: { uint64_param: stages.compute },
          },
    outputs: request.inputs.map(({ datatype, shape }, index) => ({
      name: outputs[index]?.name ?? 'y',
      datatype,
      shape,
    })),
    raw_output_contents: request['raw_input_contents'],
  }
}

function control(fake: FakeGrpcServer, change: string, request: ControlRequest, state: string): Message {
  const { model_name: name, parameters } = request
  fake.control.push(`${change} ${name} ${parameters?.config?.string_param ?? ''}`)
  const { models } = fake.options
  const index = models.findIndex((model) => model.name === name)
  if (index !== -1) models[index] = { ...(models[index] ?? fakeModel(name)), state }
  return {}
}

function refusal(code: number, details: string): Error {
  return Object.assign(new Error(details), { code, details })
}
