/** What the fake servers serve, in the protocol's JSON form. */
export interface FakeModel {
  readonly name: string
  readonly versions: readonly string[]
  readonly platform: string
  readonly inputs: readonly FakeTensor[]
  readonly outputs: readonly FakeTensor[]
  /** For servers with configurations. */
  readonly config: Readonly<Record<string, unknown>>
  readonly state: string
  readonly reason: string
}
interface FakeTensor {
  readonly name: string
  readonly datatype: string
  readonly shape: readonly number[]
}

/** A stream of answers; it ends when the client's side has ended and all requests are answered. */
export interface FakeStream {
  /** Of the client's metadata. */
  header(name: string): string | undefined
  write(answer: Record<string, unknown>): void
  /** Ends the call with a status. */
  fail(code: number, details: string): void
}

export interface FakeOptions {
  readonly models: FakeModel[]
  readonly extensions: readonly string[]
  /** The `authorization` that requests must have. */
  readonly authorization: string | null
  /** An inference that fails: HTTP status, gRPC status and text. */
  failure: {
    readonly http: number
    readonly grpc: number
    readonly text: string
    readonly type?: string
  } | null
  /** What answers requests on streams, over gRPC. */
  readonly stream: ((request: never, stream: FakeStream) => void | Promise<void>) | null
  /** Sent as the server's own times, nanoseconds. */
  readonly stages: { readonly queue: number; readonly compute: number } | null
}

const TRITON = [
  'model_repository',
  'model_repository(unload_dependents)',
  'model_configuration',
  'binary_tensor_data',
  'parameters',
  'statistics',
]

export function fakeModel(name: string, datatype = 'FP32', rest: Partial<FakeModel> = {}): FakeModel {
  return {
    name,
    versions: ['1'],
    platform: 'fake',
    inputs: [{ name: 'x', datatype, shape: [-1, 3] }],
    outputs: [{ name: 'y', datatype, shape: [-1, 3] }],
    config: { name, max_batch_size: 4, input: [{ name: 'x' }] },
    state: 'READY',
    reason: '',
    ...rest,
  }
}

export function fakeOptions(options: Partial<FakeOptions> = {}): FakeOptions {
  return {
    models: [fakeModel('echo')],
    extensions: TRITON,
    authorization: null,
    failure: null,
    stream: null,
    stages: null,
    ...options,
  }
}

/** The words that Triton has for it. */
export function unknownModel(name: string): string {
  return `Request for unknown model: '${name}' is not found`
}

export function findModel(options: FakeOptions, name: string, version = ''): FakeModel | undefined {
  return options.models.find(
    (model) =>
      model.name === name && model.state === 'READY' && (version === '' || model.versions.includes(version)),
  )
}

export const STATISTICS = {
  inference_count: 12,
  execution_count: 3,
  inference_stats: {
    success: { count: 4, ns: 400 },
    fail: { count: 1, ns: 10 },
    queue: { count: 4, ns: 100 },
    compute_input: { count: 4, ns: 20 },
    compute_infer: { count: 4, ns: 250 },
    compute_output: { count: 4, ns: 30 },
    cache_hit: { count: 0, ns: 0 },
    cache_miss: { count: 0, ns: 0 },
  },
  batch_stats: [
    {
      batch_size: 4,
      compute_input: { count: 3, ns: 1 },
      compute_infer: { count: 3, ns: 77 },
      compute_output: { count: 3, ns: 2 },
    },
  ],
}
