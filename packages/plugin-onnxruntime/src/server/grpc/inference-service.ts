import {
  create,
  fromBinary,
  fromJson,
  toBinary,
  type DescMessage,
  type JsonValue,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf'
import { monotonicNanos } from '../clock.ts'
import { describeModel, describeServer, describeStatistics } from '../describe.ts'
import type { InferenceServer } from '../inference-server.ts'
import { formatModelConfig } from '../model/format-model-config.ts'
import { bindTensors } from '../model/bind-tensors.ts'
import type { Model } from '../model/model.ts'
import { invalid, RequestError, Status } from '../status.ts'
import { Health, HealthCheckResponse_ServingStatus } from './gen/health_pb.ts'
import { ModelConfigSchema } from './gen/model_config_pb.ts'
import {
  GRPCInferenceService,
  ModelInferRequestSchema,
  ModelStatisticsSchema,
  type ModelInferRequest,
} from './gen/open_inference_pb.ts'
import { GrpcCall, GrpcStreamCall, readInputs, sendStreamError } from './grpc-call.ts'
import type { GrpcExchange } from './grpc-exchange.ts'
import type { GrpcMethod } from './grpc-server.ts'

interface MethodDescription<Input extends DescMessage, Output extends DescMessage> {
  readonly name: string
  readonly parent: { readonly typeName: string }
  readonly input: Input
  readonly output: Output
}

/** The methods of `inference.GRPCInferenceService` and `grpc.health.v1.Health`, by path. */
export function createServices(server: InferenceServer): ReadonlyMap<string, GrpcMethod> {
  const { method } = GRPCInferenceService
  const { repository } = server
  return new Map<string, GrpcMethod>([
    unary(method.serverLive, () => ({ live: true })),
    unary(method.serverReady, () => ({ ready: server.ready })),
    unary(method.modelReady, ({ name, version }) => ({ ready: isReady(server, name, version) })),
    unary(method.serverMetadata, () => ({
      ...describeServer(server),
      extensions: [...describeServer(server).extensions],
    })),
    unary(method.modelMetadata, ({ name, version }) => {
      const { inputs, outputs, ...metadata } = describeModel(repository.find(name, version))
      const wide = (tensor: (typeof inputs)[number]) => ({ ...tensor, shape: tensor.shape.map(BigInt) })
      return {
        ...metadata,
        versions: [...metadata.versions],
        inputs: inputs.map(wide),
        outputs: outputs.map(wide),
      }
    }),
    unary(method.modelConfig, ({ name, version }) => ({
      config: fromJson(
        ModelConfigSchema,
        formatModelConfig(repository.find(name, version)) as unknown as JsonValue,
      ),
    })),
    unary(method.modelStatistics, ({ name, version }) => ({
      modelStats: (name === '' ? repository.models : [repository.find(name, version)]).map((model) =>
        fromJson(ModelStatisticsSchema, describeStatistics(model) as unknown as JsonValue),
      ),
    })),
    unary(method.repositoryIndex, async ({ ready }) => {
      const models = await repository.index()
      return { models: models.filter(({ state }) => !ready || state === 'READY') }
    }),
    unary(method.repositoryModelLoad, async ({ modelName, parameters }) => {
      const file = Object.keys(parameters).find((key) => key.startsWith('file:'))
      if (file !== undefined)
        throw invalid(`parameters['${file}']: models are loaded from the server's repository only.`)
      const config = parameters['config']?.parameterChoice
      if (config !== undefined && config.case !== 'stringParam')
        throw invalid('parameters.config must be a string of JSON.')
      await repository.load(modelName, config?.value ?? null)
      return {}
    }),
    unary(method.repositoryModelUnload, ({ modelName }) => {
      repository.unload(modelName)
      return {}
    }),
    unary(Health.method.check, ({ service }) => ({ status: checkHealth(server, service) })),
    [pathOf(method.modelInfer), inferMethod(server)],
    [pathOf(method.modelStreamInfer), streamInferMethod(server)],
  ])
}

function unary<Input extends DescMessage, Output extends DescMessage>(
  description: MethodDescription<Input, Output>,
  answer: (request: MessageShape<Input>) => MessageInitShape<Output> | Promise<MessageInitShape<Output>>,
): [string, GrpcMethod] {
  const { input, output } = description
  const reply = (exchange: GrpcExchange, message: MessageInitShape<Output>): void =>
    exchange.reply(toBinary(output, create(output, message)))
  const receive = (bytes: Uint8Array, exchange: GrpcExchange): void => {
    const answered = answer(decode(input, bytes))
    if (!(answered instanceof Promise)) {
      reply(exchange, answered)
      return
    }
    answered.then(
      (message) => reply(exchange, message),
      (error: Error) =>
        exchange.fail(error instanceof RequestError ? error.status : Status.internal, error.message),
    )
  }
  return [pathOf(description), { streaming: false, receive }]
}

function inferMethod(server: InferenceServer): GrpcMethod {
  const calls = new Map<GrpcExchange, readonly [Model, GrpcCall]>()
  return {
    streaming: false,
    receive(bytes, exchange) {
      const receivedAt = monotonicNanos()
      const request = decode(ModelInferRequestSchema, bytes)
      const model = server.accept(request.modelName, request.modelVersion)
      const call = new GrpcCall(exchange, model, request, receivedAt)
      calls.set(exchange, [model, call])
      server.submit(call, model, () => bindTensors(call, model, readInputs(request), namesOf(request)))
    },
    close(exchange) {
      const [model, call] = calls.get(exchange) ?? []
      calls.delete(exchange)
      if (call !== undefined) model?.cancel(call)
    },
  }
}

function streamInferMethod(server: InferenceServer): GrpcMethod {
  const streams = new Map<GrpcExchange, { readonly open: Map<GrpcStreamCall, Model>; ended: boolean }>()
  const stateOf = (exchange: GrpcExchange) => {
    let state = streams.get(exchange)
    if (state === undefined) {
      state = { open: new Map(), ended: false }
      streams.set(exchange, state)
    }
    return state
  }
  return {
    streaming: true,
    receive(bytes, exchange) {
      const receivedAt = monotonicNanos()
      const state = stateOf(exchange)
      try {
        const request = decode(ModelInferRequestSchema, bytes)
        const model = server.accept(request.modelName, request.modelVersion)
        const call = new GrpcStreamCall(exchange, model, request, receivedAt, (settled) => {
          state.open.delete(settled)
          if (state.ended && state.open.size === 0) exchange.finish()
        })
        state.open.set(call, model)
        server.submit(call, model, () => bindTensors(call, model, readInputs(request), namesOf(request)))
      } catch (error) {
        sendStreamError(exchange, (error as Error).message)
      }
    },
    end(exchange) {
      const state = stateOf(exchange)
      state.ended = true
      if (state.open.size === 0) exchange.finish()
    },
    close(exchange) {
      for (const [call, model] of streams.get(exchange)?.open ?? []) model.cancel(call)
      streams.delete(exchange)
    },
  }
}

function decode<Input extends DescMessage>(schema: Input, bytes: Uint8Array): MessageShape<Input> {
  try {
    return fromBinary(schema, bytes)
  } catch (error) {
    throw invalid(`The message is not a ${schema.name}: ${(error as Error).message}.`)
  }
}

function isReady(server: InferenceServer, name: string, version: string): boolean {
  try {
    server.repository.find(name, version)
    return !server.draining
  } catch {
    return false
  }
}

function checkHealth(server: InferenceServer, service: string): HealthCheckResponse_ServingStatus {
  const serving =
    service === '' || service === GRPCInferenceService.typeName ? server.ready : isReady(server, service, '')
  return serving ? HealthCheckResponse_ServingStatus.SERVING : HealthCheckResponse_ServingStatus.NOT_SERVING
}

function namesOf(request: ModelInferRequest): string[] {
  return request.outputs.map(({ name }) => name)
}

function pathOf(description: {
  readonly name: string
  readonly parent: { readonly typeName: string }
}): string {
  return `/${description.parent.typeName}/${description.name}`
}
