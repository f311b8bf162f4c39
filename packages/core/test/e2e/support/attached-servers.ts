import { join } from 'node:path'
import { TestCluster } from '../../../../plugin-kubernetes/test/support/test-cluster.ts'
import { fakeModel } from '../../../../plugin-tfserving/test/support/fake-models.ts'
import { FakeGrpcServer } from '../../../../plugin-tfserving/test/support/fake-grpc-server.ts'
import { FakeRestServer } from '../../../../plugin-tfserving/test/support/fake-rest-server.ts'
import { FakeTorchServe } from '../../../../plugin-torchserve/test/support/fake-torchserve.ts'
import { FakeTriton } from '../../../../plugin-triton/test/support/fake-triton.ts'

/** A server that runs here, so that it outlives the command, with its state as it keeps it. */
export interface AttachedServer extends AsyncDisposable {
  readonly url: string
  /** The `server` of a scenario that changes its state. */
  readonly spec: string
  /** A path that it answers. */
  readonly path: string
  state(): unknown
  /** What the scenario makes of it. */
  readonly changed: unknown
}

export interface AttachedKind {
  readonly kind: string
  /** What a bench file imports, and what that depends on. */
  readonly imports: string
  readonly packages: readonly string[]
  start(): Promise<AttachedServer>
}

export const ATTACHED_KINDS: readonly AttachedKind[] = [
  {
    kind: 'triton',
    imports: "import { tritonServer } from '@servebench/plugin-triton'",
    packages: ['plugin-triton'],
    async start() {
      const fake = await FakeTriton.start({
        models: { plain: { max_batch_size: 8 }, other: { max_batch_size: 4 } },
      })
      const state = { models: { plain: { instances: 3 } }, log: { log_verbose_level: 1 } }
      return {
        url: fake.url,
        spec: `tritonServer({ url: '${fake.url}', metricsUrl: '${fake.url}/metrics', state: ${JSON.stringify(state)} })`,
        path: '/v2/health/live',
        state: () => structuredClone({ configs: fake.configs(), log: fake.log }),
        changed: {
          configs: { plain: { instance_group: [{ count: 3 }] }, other: {} },
          log: { log_verbose_level: 1 },
        },
        [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
      }
    },
  },
  {
    kind: 'torchserve',
    imports: "import { torchServe } from '@servebench/plugin-torchserve'",
    packages: ['plugin-torchserve'],
    async start() {
      const fake = await FakeTorchServe.start({ models: { echo: { versions: ['1.0', '2.0'] } } })
      const at = { url: fake.http, managementUrl: fake.management, metricsUrl: fake.metrics }
      const state = { models: { echo: { workers: 3, batchSize: 4 } }, defaults: { echo: '2.0' } }
      return {
        url: fake.http,
        spec: `torchServe(${JSON.stringify({ ...at, state })})`,
        path: '/ping',
        state: () =>
          structuredClone({
            chosen: fake.chosen('echo'),
            versions: ['1.0', '2.0'].map((version) => fake.version('echo', version)),
          }),
        changed: { chosen: '2.0', versions: [{ batchSize: 1 }, { batchSize: 4 }] },
        [Symbol.asyncDispose]: () => fake[Symbol.asyncDispose](),
      }
    },
  },
  {
    kind: 'tfserving',
    imports: "import { tfservingServer } from '@servebench/plugin-tfserving'",
    packages: ['plugin-tfserving'],
    async start() {
      const models = [fakeModel('m')]
      const rest = await FakeRestServer.start({ models })
      const grpc = await FakeGrpcServer.start({ models: rest.options.models })
      const known = [{ name: 'm', basePath: '/models/m', versions: [1, 2], labels: { stable: 1 } }]
      const state = { models: { m: { versions: [2], labels: { canary: 2 } } } }
      return {
        url: rest.url,
        spec: `tfservingServer(${JSON.stringify({ url: rest.url, grpcUrl: grpc.url, models: known, state })})`,
        path: '/v1/models/m',
        state: () =>
          structuredClone(rest.options.models.map(({ versions, labels }) => ({ versions, labels }))),
        changed: [{ versions: { '2': 'AVAILABLE' }, labels: { canary: '2' } }],
        async [Symbol.asyncDispose]() {
          await rest[Symbol.asyncDispose]()
          await grpc[Symbol.asyncDispose]()
        },
      }
    },
  },
  {
    kind: 'kubernetes',
    imports: "import { kubernetesServer } from '@servebench/plugin-kubernetes'",
    packages: ['plugin-kubernetes'],
    async start() {
      const cluster = await TestCluster.start()
      const options = {
        ...cluster.options({ replicas: 3, cpus: 2, flags: { 'log-verbose': 1 } }),
        kubeconfig: join(cluster.root, 'kubeconfig'),
        url: cluster.fake.url,
      }
      return {
        url: cluster.fake.url,
        spec: `kubernetesServer(${JSON.stringify(options)})`,
        path: '/api/v1',
        state: () => structuredClone(cluster.present()),
        changed: {
          deployment: { spec: { replicas: 3 } },
          flags: { data: { 'log-verbose': '1' } },
        },
        [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
      }
    },
  },
]
