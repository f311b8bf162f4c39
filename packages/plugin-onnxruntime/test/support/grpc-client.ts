import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf'
import {
  Client,
  credentials,
  status,
  type ClientDuplexStream,
  type Metadata,
  type ServiceError,
} from '@grpc/grpc-js'
import {
  GRPCInferenceService,
  ModelInferRequestSchema,
  ModelStreamInferResponseSchema,
  type ModelInferRequest,
  type ModelStreamInferResponse,
} from '../../src/server/grpc/gen/open_inference_pb.ts'

interface Method<Input extends DescMessage, Output extends DescMessage> {
  readonly name: string
  readonly parent: { readonly typeName: string }
  readonly input: Input
  readonly output: Output
}

/** An independent client: grpc-js with the generated messages. */
export class GrpcClient extends Client {
  constructor(address: string) {
    super(address, credentials.createInsecure(), {
      'grpc.max_receive_message_length': -1,
      'grpc.max_send_message_length': -1,
    })
  }

  /** Rejects with grpc-js' error, which has `code` and `details`. */
  async call<Input extends DescMessage, Output extends DescMessage>(
    method: Method<Input, Output>,
    request: MessageInitShape<Input>,
  ): Promise<{ reply: MessageShape<Output>; trailers: Metadata }> {
    return new Promise((resolve, reject) => {
      let reply: MessageShape<Output> | undefined
      const call = this.makeUnaryRequest(
        `/${method.parent.typeName}/${method.name}`,
        (message: MessageShape<Input>) => Buffer.from(toBinary(method.input, message)),
        (bytes) => fromBinary(method.output, bytes),
        create(method.input, request),
        (error: ServiceError | null, value?: MessageShape<Output>) => {
          if (error !== null) reject(error)
          reply = value
        },
      )
      call.on('status', ({ code, metadata }) => {
        if (code === status.OK) resolve({ reply: reply as MessageShape<Output>, trailers: metadata })
      })
    })
  }

  stream(): ClientDuplexStream<ModelInferRequest, ModelStreamInferResponse> {
    const { name, parent } = GRPCInferenceService.method.modelStreamInfer
    return this.makeBidiStreamRequest(
      `/${parent.typeName}/${name}`,
      (message: ModelInferRequest) => Buffer.from(toBinary(ModelInferRequestSchema, message)),
      (bytes) => fromBinary(ModelStreamInferResponseSchema, bytes),
    )
  }
}
