import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { JsonObject, JsonValue } from 'servebench/plugin'
import { ApiClient } from '../../src/api-client.ts'
import { kubernetesControl } from '../../src/control.ts'
import type { KubernetesControl } from '../../src/control.ts'
import { kubernetesServer } from '../../src/index.ts'
import type { KubernetesOptions, KubernetesState } from '../../src/index.ts'
import { readAccess } from '../../src/kubeconfig.ts'
import { Objects } from '../../src/objects.ts'
import type { PlannedLaunch } from '../../src/server.ts'
import { FakeApiServer } from './fake-api-server.ts'
import type { FakeApiOptions } from './fake-api-server.ts'

export const DEPLOYMENT = '/apis/apps/v1/namespaces/models/deployments/triton'
export const FLAGS = '/api/v1/namespaces/models/configmaps/triton-flags'
const LIMITS = { limits: { cpu: '1', 'nvidia.com/gpu': 1 }, requests: { cpu: '1' } }

/** A cluster with a deployment and its flags, and a project whose kubeconfig names it `staging`. */
export class TestCluster implements AsyncDisposable {
  readonly fake: FakeApiServer
  readonly root: string
  /** What was told before it was changed, by `configure`. */
  readonly steps: JsonValue[] = []

  private constructor(fake: FakeApiServer) {
    this.fake = fake
    this.root = mkdtempSync(join(tmpdir(), 'kubernetes-'))
    fake.put(DEPLOYMENT, {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'triton', namespace: 'models', labels: { app: 'triton' } },
      spec: {
        replicas: 1,
        selector: { matchLabels: { app: 'triton' } },
        template: {
          metadata: { labels: { app: 'triton' } },
          spec: { containers: [{ name: 'server', image: 'triton:1', resources: LIMITS }] },
        },
      },
    })
    fake.put(FLAGS, {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'triton-flags', namespace: 'models' },
      data: { 'log-verbose': '0' },
    })
    this.writeConfig({ server: fake.url })
  }

  static async start(options?: FakeApiOptions): Promise<TestCluster> {
    return new TestCluster(await FakeApiServer.start(options))
  }

  writeConfig(cluster: object, user: object = {}): void {
    this.write(
      'kubeconfig',
      JSON.stringify({
        contexts: [{ name: 'staging', context: { cluster: 'c', user: 'u' } }],
        clusters: [{ name: 'c', cluster }],
        users: [{ name: 'u', user }],
      }),
    )
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text)
  }

  options(state: KubernetesState = {}): KubernetesOptions {
    return {
      context: 'staging',
      kubeconfig: 'kubeconfig',
      namespace: 'models',
      deployment: 'triton',
      flagsConfigMap: 'triton-flags',
      url: 'http://127.0.0.1:8000',
      rolloutTimeout: '20s',
      ...state,
    }
  }

  /** Looks at rollouts without a pause. */
  async open(
    more: Partial<KubernetesOptions> = {},
    signal?: AbortSignal,
  ): Promise<Required<KubernetesControl>> {
    const launch = kubernetesServer({ ...this.options(), ...more }).launch as PlannedLaunch
    const logIn = () => readAccess('staging', 'kubeconfig', this.root)
    const client = new ApiClient(await logIn(), { renew: logIn, signal })
    return kubernetesControl({
      objects: new Objects(client, launch.namespace),
      launch,
      root: this.root,
      poll: 1,
      ...(signal === undefined ? {} : { signal }),
    }) as Required<KubernetesControl>
  }

  async configure(control: KubernetesControl, state: KubernetesState): Promise<JsonValue> {
    const { configure } = control as Required<KubernetesControl>
    return configure(kubernetesServer(this.options(state)).state, {
      artifact: () => Promise.reject(new Error('There are no artifacts.')),
      changing: (step) => void this.steps.push(JSON.parse(JSON.stringify(step)) as JsonValue),
    })
  }

  /** Without what the server writes into it. */
  own(path: string): JsonObject | null {
    const object = this.fake.objects.get(path)
    if (object === undefined) return null
    const { metadata, status: _status, ...rest } = object
    const { labels = null, annotations = null, name } = metadata as JsonObject
    return { ...rest, metadata: { name, labels, annotations } } as JsonObject
  }

  present(): JsonObject {
    return { deployment: this.own(DEPLOYMENT), flags: this.own(FLAGS) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fake[Symbol.asyncDispose]()
    rmSync(this.root, { recursive: true })
  }
}
