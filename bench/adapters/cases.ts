import { oip, plugin as oipPlugin } from '@servebench/plugin-oip'
import { plugin as tfservingPlugin, tfserving } from '@servebench/plugin-tfserving'
import { plugin as torchservePlugin, torchserve } from '@servebench/plugin-torchserve'
import { plugin as tritonPlugin, triton } from '@servebench/plugin-triton'
import { plugin as vespaPlugin, vespaModel, vespaSearch } from '@servebench/plugin-vespa'
import type { SessionReference } from 'servebench/plugin'
import { connectTarget } from 'servebench/testing'
import { FakeGrpcServer as FakeOipGrpc } from '../../packages/plugin-oip/test/support/fake-grpc-server.ts'
import { FakeHttpServer as FakeOipHttp } from '../../packages/plugin-oip/test/support/fake-http-server.ts'
import { fakeModel } from '../../packages/plugin-oip/test/support/fake-models.ts'
import { FakeGrpcServer as FakeServingGrpc } from '../../packages/plugin-tfserving/test/support/fake-grpc-server.ts'
import { FakeRestServer as FakeServingRest } from '../../packages/plugin-tfserving/test/support/fake-rest-server.ts'
import { FakeGrpc as FakeTorchGrpc } from '../../packages/plugin-torchserve/test/support/fake-grpc.ts'
import { FakeTorchServe } from '../../packages/plugin-torchserve/test/support/fake-torchserve.ts'
import { startStreamServer } from '../../packages/plugin-triton/test/support/stream-models.ts'
import { FakeVespa } from '../../packages/plugin-vespa/test/support/fake-vespa.ts'

/** A way of one adapter to ask its server. */
export interface AdapterCase {
  readonly name: string
  readonly transport: 'http' | 'grpc'
  /** Of a gRPC call. */
  readonly path?: string
  /** That the adapter sends with every call. */
  readonly metadata?: Readonly<Record<string, string>>
  /** Several messages may come in an answer. */
  readonly streams?: boolean
  /** A server that speaks the protocol, and how the adapter asks it. */
  connect(): Promise<Connected>
  /** A request with so many elements, or letters. */
  request(size: number): unknown
}

export interface Connected {
  readonly reference: SessionReference
  readonly server: AsyncDisposable
}

/** Takes rows of three, as many as there are. */
const ECHO = {
  models: [
    fakeModel('echo', 'FP32', { config: { name: 'echo', max_batch_size: 0, input: [{ name: 'x' }] } }),
  ],
}
const INFER = '/inference.GRPCInferenceService/ModelInfer'
const values = (count: number): number[] => Array.from({ length: count }, (_, index) => index % 10)
const rows = (size: number, width: number): unknown => {
  const count = Math.max(1, Math.round(size / width))
  return { inputs: { x: { shape: [count, width], data: Float32Array.from(values(count * width)) } } }
}

export const CASES: readonly AdapterCase[] = [
  ...(['http', 'http-json', 'grpc'] as const).map((protocol): AdapterCase => ({
    name: `oip ${protocol}`,
    transport: protocol === 'grpc' ? 'grpc' : 'http',
    path: INFER,
    async connect() {
      const server = await (protocol === 'grpc' ? FakeOipGrpc : FakeOipHttp).start(ECHO)
      const target = oip({ url: server.url, model: 'echo', protocol })
      return { server, reference: await connectTarget(oipPlugin, target) }
    },
    request: (size) => rows(size, 3),
  })),
  ...(['http', 'grpc'] as const).map((protocol): AdapterCase => ({
    name: `triton ${protocol}`,
    transport: protocol,
    path: INFER,
    async connect() {
      const server = await (protocol === 'grpc' ? FakeOipGrpc : FakeOipHttp).start(ECHO)
      const target = triton({ url: server.url, model: 'echo', protocol })
      return { server, reference: await connectTarget(tritonPlugin, target) }
    },
    request: (size) => rows(size, 3),
  })),
  {
    name: 'triton grpc, a stream for each request',
    transport: 'grpc',
    path: '/inference.GRPCInferenceService/ModelStreamInfer',
    metadata: { triton_grpc_error: 'true' },
    streams: true,
    async connect() {
      const server = await startStreamServer()
      const target = triton({ url: server.url, model: 'repeat', protocol: 'grpc' })
      return { server, reference: await connectTarget(tritonPlugin, target) }
    },
    // Two inputs of one element: the parameter makes it as long as the others.
    request: (size) => ({
      inputs: { COUNT: { data: [3] }, GAP_MS: { data: [0] } },
      parameters: { padding: 'x'.repeat(size) },
    }),
  },
  ...(['http', 'grpc'] as const).map((protocol): AdapterCase => ({
    name: `torchserve ${protocol}`,
    transport: protocol,
    path: '/org.pytorch.serve.grpc.inference.InferenceAPIsService/Predictions',
    async connect() {
      const server = await (protocol === 'grpc' ? FakeTorchGrpc.start() : FakeTorchServe.start())
      const url = server instanceof FakeTorchServe ? server.http : server.url
      const target = torchserve({ url, model: 'echo', protocol })
      return { server, reference: await connectTarget(torchservePlugin, target) }
    },
    request: (size) => ({ body: 'x'.repeat(size) }),
  })),
  ...(['http', 'http-columns', 'grpc', 'grpc-typed'] as const).map((protocol): AdapterCase => {
    const isGrpc = protocol.startsWith('grpc')
    return {
      name: `tfserving ${protocol}`,
      transport: isGrpc ? 'grpc' : 'http',
      path: '/tensorflow.serving.PredictionService/Predict',
      async connect() {
        const server = await (isGrpc ? FakeServingGrpc : FakeServingRest).start()
        const target = tfserving({ url: server.url, model: 'm', protocol })
        return { server, reference: await connectTarget(tfservingPlugin, target) }
      },
      request: (size) => rows(size, 2),
    }
  }),
  {
    name: 'vespa search',
    transport: 'http',
    async connect() {
      const server = await FakeVespa.start()
      return { server, reference: await connectTarget(vespaPlugin, vespaSearch({ url: server.url })) }
    },
    request: (size) => ({
      query: { yql: `select * from sources * where title contains "${'x'.repeat(size)}"` },
    }),
  },
  {
    name: 'vespa model',
    transport: 'http',
    async connect() {
      const server = await FakeVespa.start()
      const target = vespaModel({ url: server.url, model: 'mlp' })
      return { server, reference: await connectTarget(vespaPlugin, target) }
    },
    request: (size) => ({
      inputs: { input: { shape: [Math.max(1, size >> 3), 8], data: values(Math.max(1, size >> 3) * 8) } },
    }),
  },
]
