import { join } from 'node:path'
import { Server, ServerCredentials, loadPackageDefinition } from '@grpc/grpc-js'
import type { handleUnaryCall, ServiceClientConstructor, UntypedServiceImplementation } from '@grpc/grpc-js'
import { loadSync } from '@grpc/proto-loader'
import { DATA_TYPE_NAMES } from '../../src/model/data-type.ts'
import {
  affine,
  fakeModel,
  fakeOptions,
  findModel,
  findStatus,
  invalid,
  Refusal,
  signatureOf,
} from './fake-models.ts'
import type { FakeOptions, FakeSignature, FakeTensor } from './fake-models.ts'

type Message = Readonly<Record<string, unknown>>
interface Spec {
  readonly name: string
  readonly version?: { readonly value: string }
  readonly version_label?: string
  readonly signature_name: string
}
interface Tensor {
  readonly dtype: number
  readonly tensor_shape: { readonly dim: readonly { readonly size: string }[] }
  readonly tensor_content: Buffer
  readonly float_val: readonly number[]
  readonly int64_val: readonly string[]
  readonly string_val: readonly Buffer[]
}
interface PredictRequest {
  readonly model_spec: Spec
  readonly inputs: Readonly<Record<string, Tensor>>
  readonly output_filter: readonly string[]
}
interface Example {
  readonly features: {
    readonly feature: Readonly<Record<string, { readonly float_list?: { readonly value: number[] } }>>
  }
}
interface ExamplesRequest {
  readonly model_spec: Spec
  readonly input: {
    readonly example_list?: { readonly examples: readonly Example[] }
    readonly example_list_with_context?: { readonly examples: readonly Example[] }
  }
}
export interface FakeConfig {
  readonly name: string
  readonly base_path: string
  readonly model_platform: string
  readonly model_version_policy?: {
    readonly specific?: { readonly versions: readonly string[] }
    readonly latest?: { readonly num_versions: number }
    readonly all?: object
  }
  readonly version_labels: Readonly<Record<string, string>>
}

const definition = loadSync(join(import.meta.dirname, 'serving.proto'), {
  keepCase: true,
  longs: String,
  defaults: true,
  arrays: true,
  objects: true,
})
const services = (
  loadPackageDefinition(definition) as unknown as {
    readonly tensorflow: {
      readonly serving: Readonly<Record<'PredictionService' | 'ModelService', ServiceClientConstructor>>
    }
  }
).tensorflow.serving

const STATES: Readonly<Record<string, number>> = {
  START: 10,
  LOADING: 20,
  AVAILABLE: 30,
  UNLOADING: 40,
  END: 50,
}
const FAILED_PRECONDITION = 9

/** The gRPC API by an implementation of protobuf of its own. */
export class FakeGrpcServer implements AsyncDisposable {
  readonly options: FakeOptions
  readonly url: string
  readonly requests: Message[] = []
  /** Configurations that were loaded, oldest first. */
  readonly reloads: (readonly FakeConfig[])[] = []
  /** Whether answers have their elements in `tensor_content`. */
  content = false
  readonly #server: Server

  private constructor(server: Server, port: number, options: FakeOptions) {
    this.#server = server
    this.options = options
    this.url = `http://127.0.0.1:${port}`
  }

  static async start(options: Partial<FakeOptions> = {}, wanted = 0): Promise<FakeGrpcServer> {
    const server = new Server({ 'grpc.max_receive_message_length': 4096 })
    let fake: FakeGrpcServer | undefined
    const find = (): FakeGrpcServer => fake as FakeGrpcServer
    server.addService(services.PredictionService.service, predictionService(find))
    server.addService(services.ModelService.service, modelService(find))
    const port = await new Promise<number>((resolve, reject) => {
      server.bindAsync(`127.0.0.1:${wanted}`, ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      )
    })
    fake = new FakeGrpcServer(server, port, fakeOptions(options))
    return fake
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.forceShutdown()
  }
}

function unary(
  fake: () => FakeGrpcServer,
  handlers: Readonly<Record<string, (request: never) => Message | null>>,
): UntypedServiceImplementation {
  return Object.fromEntries(
    Object.entries(handlers).map(([name, handler]) => {
      const call: handleUnaryCall<Message, Message> = ({ request, metadata }, callback) => {
        const { authorization } = fake().options
        try {
          if (authorization !== null && metadata.get('authorization')[0] !== authorization)
            throw new Refusal(401, 16, 'who are you?')
          const answer = handler(request as never)
          if (answer !== null) callback(null, answer)
        } catch (error) {
          if (!(error instanceof Refusal)) throw error
          callback({ code: error.grpc, details: error.message })
        }
      }
      return [name, call]
    }),
  )
}

function specOf({ name, version, version_label: label }: Spec): Parameters<typeof findModel>[1] {
  return { name, version: version?.value, label: label === '' ? undefined : label }
}

function predictionService(fake: () => FakeGrpcServer): UntypedServiceImplementation {
  const examples = (
    request: ExamplesRequest,
  ): { scores: number[]; signature: FakeSignature; answered: Message } => {
    fake().requests.push(request as never)
    const { options } = fake()
    if (options.failure !== null) throw options.failure
    const { model, version } = findModel(options, specOf(request.model_spec))
    const { example_list: list, example_list_with_context: withContext } = request.input
    const given = (list ?? withContext)?.examples ?? []
    return {
      signature: signatureOf(model, request.model_spec.signature_name),
      scores: given.map(({ features }) => Object.values(features.feature)[0]?.float_list?.value[0] ?? 0),
      answered: { ...request.model_spec, version: { value: version } },
    }
  }
  return unary(fake, {
    Predict: (request: PredictRequest) => predict(fake(), request),
    Classify(request: ExamplesRequest) {
      const { scores, signature, answered } = examples(request)
      if (signature.method !== 'classify') throw invalid('Expected classification signature method_name')
      const classifications = scores.map((score) => ({
        classes: [
          { label: 'cat', score },
          { label: 'dog', score: 0.25 },
        ],
      }))
      return { result: { classifications }, model_spec: answered }
    },
    Regress(request: ExamplesRequest) {
      const { scores, signature, answered } = examples(request)
      if (signature.method !== 'regress') throw invalid('Expected regression signature method_name')
      return { result: { regressions: scores.map((value) => ({ value })) }, model_spec: answered }
    },
    GetModelMetadata({
      model_spec: spec,
      metadata_field: fields,
    }: {
      model_spec: Spec
      metadata_field: string[]
    }) {
      if (fields.join() !== 'signature_def') throw invalid('Metadata field is not supported')
      const { model, version } = findModel(fake().options, specOf(spec))
      return {
        model_spec: { name: model.name, version: { value: version } },
        metadata: {
          signature_def: {
            type_url: 'type.googleapis.com/tensorflow.serving.SignatureDefMap',
            value: { signature_def: describe(model.signatures) },
          },
        },
      }
    },
  })
}

function modelService(fake: () => FakeGrpcServer): UntypedServiceImplementation {
  return unary(fake, {
    GetModelStatus: ({ model_spec: spec }: { model_spec: Spec }) => ({
      model_version_status: findStatus(fake().options, specOf(spec)).map(({ version, state, error }) => ({
        version,
        state: STATES[state] ?? 0,
        status: { error_code: error === '' ? 0 : 5, error_message: error },
      })),
    }),
    HandleReloadConfigRequest({
      config,
    }: {
      config: { model_config_list: { config: readonly FakeConfig[] } }
    }) {
      const { options, reloads } = fake()
      if (options.reload !== null) throw options.reload
      const wanted = config.model_config_list.config
      refuseLabels(options, wanted)
      reloads.push(wanted)
      const models = wanted.map((one) => reloaded(options, one))
      options.models.splice(0, options.models.length, ...models)
      return { status: {} }
    },
  })
}

/** Labels are for versions that are available when the configuration comes. */
function refuseLabels({ models }: FakeOptions, wanted: readonly FakeConfig[]): void {
  for (const { name, version_labels: labels } of wanted) {
    const versions = models.find((model) => model.name === name)?.versions ?? {}
    for (const [label, version] of Object.entries(labels)) {
      if (versions[version] === 'AVAILABLE') continue
      const text = `Request to assign label ${label} to version ${version} of model ${name}, which is not currently available for inference`
      throw new Refusal(400, FAILED_PRECONDITION, text)
    }
  }
}

/** The folders of all models have the versions 1, 2 and 3. */
function reloaded(options: FakeOptions, config: FakeConfig): FakeOptions['models'][number] {
  const { specific, latest, all } = config.model_version_policy ?? {}
  const newest = ['3', '2', '1']
  const chosen =
    specific?.versions ?? (all === undefined ? newest.slice(0, latest?.num_versions ?? 1) : newest)
  const before = options.models.find(({ name }) => name === config.name) ?? fakeModel(config.name)
  return {
    ...before,
    versions: Object.fromEntries(chosen.map((version) => [version, 'AVAILABLE'])),
    labels: config.version_labels,
  }
}

function describe(signatures: Readonly<Record<string, FakeSignature>>): Message {
  const tensors = (map: Readonly<Record<string, FakeTensor>>): Message =>
    Object.fromEntries(
      Object.entries(map).map(([name, { dtype, shape }]) => [
        name,
        {
          name: `${name}:0`,
          dtype: DATA_TYPE_NAMES.indexOf(dtype),
          tensor_shape: { dim: (shape ?? []).map((size) => ({ size })), unknown_rank: shape === null },
        },
      ]),
    )
  return Object.fromEntries(
    Object.entries(signatures).map(([key, { inputs, outputs, method }]) => [
      key,
      { inputs: tensors(inputs), outputs: tensors(outputs), method_name: `tensorflow/serving/${method}` },
    ]),
  )
}

function predict(fake: FakeGrpcServer, request: PredictRequest): Message | null {
  fake.requests.push(request as never)
  const { options } = fake
  if (options.failure !== null) throw options.failure
  const { model, version } = findModel(options, specOf(request.model_spec))
  const key = request.model_spec.signature_name
  const { inputs } = signatureOf(model, key)
  if (Object.keys(inputs).sort().join() !== Object.keys(request.inputs).sort().join())
    throw invalid('Request inputs do not match required inputs')
  const answered = { ...request.model_spec, version: { value: version } }
  const outputs = key === 'pair' ? pair(request.inputs) : compute(fake, request.inputs, key, version)
  if (outputs === null) return null
  const wanted = request.output_filter
  const kept = Object.entries(outputs).filter(([name]) => wanted.length === 0 || wanted.includes(name))
  return { outputs: Object.fromEntries(kept), model_spec: answered }
}

function pair(inputs: Readonly<Record<string, Tensor>>): Record<string, Message> {
  const { id, text } = inputs as Readonly<Record<'id' | 'text', Tensor>>
  const count = Number(id.tensor_shape.dim[0]?.size)
  const weights = [NaN, Infinity, -Infinity, 0.5].slice(0, count)
  return {
    id: id as never,
    text_bytes: text as never,
    weight: { dtype: 2, tensor_shape: { dim: [{ size: count }] }, double_val: weights },
  }
}

function compute(
  fake: FakeGrpcServer,
  inputs: Readonly<Record<string, Tensor>>,
  key: string,
  version: string,
): Record<string, Message> | null {
  const tensor = inputs['x'] as Tensor
  const x = floatsOf(tensor)
  if (x[0] === -1) return null
  if (key === 'any') return { y: tensor as never }
  const y = affine(x, version)
  const shape = { dtype: 1, tensor_shape: { dim: [{ size: y.length / 3 }, { size: 3 }] } }
  return {
    y: fake.content
      ? { ...shape, tensor_content: Buffer.from(Float32Array.from(y).buffer) }
      : { ...shape, float_val: y },
  }
}

function floatsOf({ tensor_content: content, float_val: values }: Tensor): number[] {
  if (content.length === 0) return [...values]
  return Array.from({ length: content.length / 4 }, (_, index) => content.readFloatLE(4 * index))
}
