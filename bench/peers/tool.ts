/** What a tool says about its own run. Times in nanoseconds, rates per second; absent what it does not say. */
export interface Told {
  readonly count?: number | undefined
  readonly throughput?: number | undefined
  readonly errors?: number | undefined
  readonly mean?: number | undefined
  readonly p50?: number | undefined
  readonly p90?: number | undefined
  readonly p99?: number | undefined
  readonly p999?: number | undefined
  readonly max?: number | undefined
  /** What else is worth keeping: a verdict, an engine, kinds of failures. */
  readonly more?: Readonly<Record<string, unknown>>
}

export interface Command {
  readonly arguments: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** @throws when the output is not what the tool prints after a run */
  readonly parse: (stdout: string, stderr: string) => Told
}

/** A file to send and where to. */
export interface Post {
  readonly url: string
  readonly bodyFile: string
}
export interface ClosedLoop extends Post {
  readonly concurrency: number
  readonly seconds: number
  /** Where the tool has a limit per request. */
  readonly timeoutSeconds?: number
}
export interface ConstantRate extends Post {
  readonly rate: number
  readonly seconds: number
  /** Of `seconds`, those that a tool that warms up does not measure. */
  readonly warmupSeconds: number
}
export interface GrpcLoop {
  readonly authority: string
  readonly concurrency: number
  readonly seconds: number
  /** A ModelInferRequest, and the same with its gRPC frame. */
  readonly messageFile: string
  readonly framedFile: string
  /** FP32 values in it. */
  readonly elements: number
}

/** A model `identity` of a real Triton, with one FP32 input of so many elements. */
export interface TritonLoop {
  readonly http: string
  readonly grpc: string
  readonly protocol: 'http' | 'grpc'
  readonly concurrency: number
  readonly seconds: number
  readonly elements: number
}

/** A load generator. What it cannot do, it leaves out. */
export interface Tool {
  readonly name: string
  /** Where it is installed, or `null`. */
  readonly find: () => string | null
  readonly version: () => string
  /** It leaves the first seconds out of what it says. */
  readonly warmsUp?: boolean
  readonly closed?: (job: ClosedLoop) => Command
  readonly rate?: (job: ConstantRate) => Command
  readonly grpc?: (job: GrpcLoop) => Command
  /** Says in `more.server` where the server's time went, by its own counters: means per request, ns. */
  readonly triton?: (job: TritonLoop) => Command
  /** One request, start to finish. */
  readonly once?: (job: Post) => Command
}
