import { join } from 'node:path'
import { Server, ServerCredentials, status } from '@grpc/grpc-js'
import type { GrpcObject, ServiceClientConstructor, ServiceDefinition } from '@grpc/grpc-js'
import { loadPackageDefinition } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'

interface Request {
  readonly model_name: string
  readonly model_version: string
  readonly input?: Readonly<Record<string, Buffer>>
}
interface Call {
  readonly request: Request
  readonly metadata: { get(name: string): readonly unknown[] }
}
interface StreamCall extends Call {
  write(message: { readonly prediction: Buffer }): void
  end(): void
}
type Callback = (error: object | null, answer?: { readonly prediction: Buffer }) => void

const definition = loadSync(join(import.meta.dirname, 'inference.proto'), { keepCase: true })
const { InferenceAPIsService } = (
  loadPackageDefinition(definition) as GrpcObject & {
    org: { pytorch: { serve: { grpc: { inference: { InferenceAPIsService: ServiceClientConstructor } } } } }
  }
).org.pytorch.serve.grpc.inference

/** TorchServe's gRPC by grpc-js and protobufjs: the model `echo` answers its input `data`, a stream in single bytes. */
export class FakeGrpc implements AsyncDisposable {
  readonly url: string
  readonly requests: Request[] = []
  readonly tokens: unknown[] = []
  readonly #server: Server

  private constructor(server: Server, port: number) {
    this.#server = server
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(): Promise<FakeGrpc> {
    const server = new Server()
    let fake: FakeGrpc | undefined
    server.addService(InferenceAPIsService.service as ServiceDefinition, {
      Predictions: (call: Call, callback: Callback) => {
        fake?.note(call)
        const { model_name: name, input } = call.request
        // As the real one says it: not NOT_FOUND.
        if (name !== 'echo') callback({ code: status.INTERNAL, details: `Model not found: ${name}` })
        else callback(null, { prediction: input?.['data'] ?? Buffer.alloc(0) })
      },
      StreamPredictions: (call: StreamCall) => {
        fake?.note(call)
        for (const byte of call.request.input?.['data'] ?? []) call.write({ prediction: Buffer.of(byte) })
        call.end()
      },
    })
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    fake = new FakeGrpc(server, port)
    return fake
  }

  note(call: Call): void {
    this.requests.push(call.request)
    this.tokens.push(call.metadata.get('authorization')[0])
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
  }
}
