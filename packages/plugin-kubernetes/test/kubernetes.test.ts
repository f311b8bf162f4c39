import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { applyTunables } from 'servebench/plugin'
import type { JsonObject, JsonValue, RunningServer, ServerControl } from 'servebench/plugin'
import { applyPlugins, checkServer, checkTuning, connectTuning } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { ApiClient } from '../src/api-client.ts'
import { kubernetesControl } from '../src/control.ts'
import { kubernetesServer, plugin } from '../src/index.ts'
import type { KubernetesOptions, KubernetesState } from '../src/index.ts'
import { readAccess } from '../src/kubeconfig.ts'
import { Objects } from '../src/objects.ts'
import type { PlannedLaunch } from '../src/server.ts'
import { FakeApiServer } from './support/fake-api-server.ts'

const DEPLOYMENT = '/apis/apps/v1/namespaces/models/deployments/triton'
const FLAGS = '/api/v1/namespaces/models/configmaps/triton-flags'
const LIMITS = { limits: { cpu: '1', 'nvidia.com/gpu': 1 }, requests: { cpu: '1' } }

let fake: FakeApiServer
let root = ''
beforeEach(async () => {
  fake = await FakeApiServer.start()
  root = mkdtempSync(join(tmpdir(), 'kubernetes-'))
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
  writeConfig({ server: fake.url })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await fake[Symbol.asyncDispose]()
  rmSync(root, { recursive: true })
})

function writeConfig(cluster: object, user: object = {}): void {
  writeFileSync(
    join(root, 'kubeconfig'),
    JSON.stringify({
      contexts: [{ name: 'staging', context: { cluster: 'c', user: 'u' } }],
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'u', user }],
    }),
  )
}

const options = (state: KubernetesState = {}): KubernetesOptions => ({
  context: 'staging',
  kubeconfig: 'kubeconfig',
  namespace: 'models',
  deployment: 'triton',
  flagsConfigMap: 'triton-flags',
  url: 'http://127.0.0.1:8000',
  rolloutTimeout: '20s',
  ...state,
})

/** Looks at rollouts without a pause. */
async function open(more: Partial<KubernetesOptions> = {}): Promise<Required<ServerControl>> {
  const launch = kubernetesServer({ ...options(), ...more }).launch as PlannedLaunch
  const objects = new Objects(
    new ApiClient(await readAccess('staging', 'kubeconfig', root)),
    launch.namespace,
  )
  return kubernetesControl({ objects, launch, root, poll: 1 }) as Required<ServerControl>
}

const steps: JsonValue[] = []
beforeEach(() => void steps.splice(0))
const configure = (control: ServerControl, state: KubernetesState): Promise<JsonValue> =>
  control.configure?.(kubernetesServer(options(state)).state, {
    artifact: () => Promise.reject(new Error('There are no artifacts.')),
    changing: (step) => void steps.push(JSON.parse(JSON.stringify(step)) as JsonValue),
  }) as Promise<JsonValue>

const own = (path: string): JsonObject | null => {
  const object = fake.objects.get(path)
  if (object === undefined) return null
  const { metadata, ...rest } = object
  const { labels = null, annotations = null, name } = metadata as JsonObject
  return { ...rest, metadata: { name, labels, annotations } } as JsonObject
}
const present = (): JsonObject => ({ deployment: own(DEPLOYMENT), flags: own(FLAGS) })

it('keeps the contract of servers', async () => {
  const control = await open()
  const server: RunningServer = {
    kind: 'kubernetes',
    endpoints: { http: 'http://127.0.0.1:8000' },
    process: null,
    version: null,
    local: false,
    control,
    startup: {},
    stop: async () => {},
  }
  fake.rollout = 0
  const { held, skipped } = await checkServer(server, {
    configuration: {
      state: kubernetesServer(options({ replicas: 3, flags: { 'log-verbose': 1 } })).state,
      observe: async () => present(),
    },
    stopServer: async () => fake[Symbol.asyncDispose](),
  })
  expect(held).toContain('`undo` takes announced changes back, also twice')
  expect(skipped).not.toContain('`restore` takes back what `configure` changed')
  fake = await FakeApiServer.start()
})

describe('a state', () => {
  it('is brought about, waited for, told, and taken back', async () => {
    const before = present()
    const control = await open()
    const effective = await configure(control, {
      replicas: 3,
      cpus: '500m',
      memory: '2GiB',
      image: 'triton:2',
      flags: { 'log-verbose': 1, 'http-thread-count': 8 },
    })
    const resources = {
      limits: { cpu: '500m', 'nvidia.com/gpu': 1, memory: '2147483648' },
      requests: { cpu: '500m', memory: '2147483648' },
    }
    expect(effective).toEqual({ replicas: 3, containers: { server: { image: 'triton:2', resources } } })
    expect(own(FLAGS)).toMatchObject({ data: { 'log-verbose': '1', 'http-thread-count': '8' } })
    // Pods read flags when they start.
    expect(own(DEPLOYMENT)).toMatchObject({
      spec: {
        template: { metadata: { annotations: { 'servebench.dev/flags': expect.any(String) as string } } },
      },
    })
    expect(fake.changes).toEqual(['PUT configmaps/triton-flags', 'PUT deployments/triton'])
    await control.restore()
    expect(present()).toEqual(before)
  })

  it('that is there already changes nothing', async () => {
    const control = await open()
    await configure(control, { replicas: 1, cpus: 1 })
    await configure(control, { replicas: 1, cpus: 1 })
    await control.restore()
    expect([fake.changes, steps]).toEqual([[], []])
  })

  it('follows one case from the other without what that one has set, by one rollout', async () => {
    const control = await open()
    await configure(control, { replicas: 3, image: 'triton:2', flags: { x: 1 } })
    fake.changes.splice(0)
    await configure(control, { cpus: 2 })
    expect(fake.changes).toEqual(['PUT configmaps/triton-flags', 'PUT deployments/triton'])
    expect(own(FLAGS)).toMatchObject({ data: { 'log-verbose': '0' } })
    expect(own(DEPLOYMENT)).toMatchObject({
      spec: {
        replicas: 1,
        template: {
          metadata: { labels: { app: 'triton' } },
          spec: { containers: [{ image: 'triton:1', resources: { limits: { cpu: '2' } } }] },
        },
      },
    })
  })

  it('makes a ConfigMap that is not there, and takes it away', async () => {
    fake.objects.delete(FLAGS)
    const control = await open()
    await configure(control, { flags: { x: true } })
    expect(own(FLAGS)).toMatchObject({ data: { x: 'true' } })
    await control.restore()
    expect(own(FLAGS)).toBeNull()
  })

  it('is written again when somebody else has changed the object meanwhile', async () => {
    fake.conflicts = 3
    const control = await open()
    await configure(control, { replicas: 2 })
    expect(own(DEPLOYMENT)).toMatchObject({ spec: { replicas: 2 } })
    fake.conflicts = 100
    await expect(configure(control, { replicas: 4 })).rejects.toThrow(/409, the object has been modified/)
  })

  it('is taken back by another process, also twice', async () => {
    const before = present()
    fake.objects.delete(FLAGS)
    await configure(await open(), { replicas: 2, flags: { x: 1 } })
    const other = await open()
    expect(await other.undo(steps)).toEqual([])
    expect(await other.undo(steps)).toEqual([])
    expect([own(DEPLOYMENT), own(FLAGS)]).toEqual([before['deployment'], null])
    expect(await other.undo([{ undo: 'else' }, null])).toHaveLength(2)
    fake.refused.set(`PUT ${DEPLOYMENT}`, [403, 'no'])
    expect(await other.undo(steps)).toEqual([
      expect.stringContaining("the Deployment 'triton' could not be taken back"),
    ])
  })

  it('names the container where there are several', async () => {
    const containers = [
      { name: 'server', image: 'a' },
      { name: 'sidecar', image: 'b' },
    ]
    const deployment = fake.objects.get(DEPLOYMENT) as JsonObject
    const spec = deployment['spec'] as JsonObject
    fake.put(DEPLOYMENT, { ...deployment, spec: { ...spec, template: { spec: { containers } } } })
    await expect(configure(await open(), { cpus: 2, flags: { x: 1 } })).rejects.toMatchObject({
      message: 'The pods have 2 containers.',
      advice: expect.stringContaining('server, sidecar') as string,
    })
    // Nothing is changed by half.
    expect(fake.changes).toEqual([])
    await configure(await open({ container: 'sidecar' }), { cpus: 2 })
    expect(JSON.stringify(own(DEPLOYMENT))).toContain('{"name":"sidecar","image":"b","resources":')
  })
})

describe('manifests', () => {
  const MANIFESTS = [
    'apiVersion: v1',
    'kind: Service',
    'metadata:',
    '  name: fast',
    'spec:',
    '  type: NodePort',
    '---',
    'apiVersion: apps/v1',
    'kind: Deployment',
    'metadata:',
    '  name: triton',
    'spec:',
    '  replicas: 4',
    '',
  ].join('\n')

  it('are applied, and taken back', async () => {
    writeFileSync(join(root, 'm.yaml'), MANIFESTS)
    const before = present()
    const control = await open()
    expect(await configure(control, { manifests: 'm.yaml', cpus: 2 })).toMatchObject({ replicas: 4 })
    expect(fake.changes).toEqual([
      'PATCH services/fast',
      'PATCH deployments/triton',
      'PUT deployments/triton',
    ])
    await control.restore()
    expect(present()).toEqual(before)
    expect(fake.objects.has('/api/v1/namespaces/models/services/fast')).toBe(false)
  })

  it('of an overlay are rendered by kubectl', async () => {
    const program = join(root, 'kubectl')
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1 $2" = "kustomize ${root}/overlay" ] && cat <<'E'\n${MANIFESTS}E\n`,
    )
    chmodSync(program, 0o755)
    vi.stubEnv('PATH', `${root}${delimiter}${process.env['PATH'] ?? ''}`)
    expect(await configure(await open(), { overlay: 'overlay' })).toMatchObject({ replicas: 4 })
    await expect(configure(await open(), { overlay: 'other' })).rejects.toThrow(/other cannot be rendered/)
  })

  it.each([
    ['kind: x', /something that is no object/],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: other }', /of the namespace 'other'/],
    ['apiVersion: v1\nkind: Secret\nmetadata: { name: a }', /has the Secret 'a'/],
    ['apiVersion: v1\nkind: Namespace\nmetadata: { name: a }', /is of the whole cluster/],
    ['apiVersion: v1\nkind: Gadget\nmetadata: { name: a }', /has no Gadget of v1/],
    ['a: [', /is not YAML/],
  ])('that are not to be applied are refused: %j', async (text, message) => {
    writeFileSync(join(root, 'm.yaml'), text)
    await expect(configure(await open(), { manifests: 'm.yaml' })).rejects.toThrow(message)
    expect(fake.changes).toEqual([])
  })
})

describe('a rollout', () => {
  it('of pods that crash fails with the end of their log', async () => {
    fake.rollout = Number.POSITIVE_INFINITY
    fake.log = 'loading model\nCUDA out of memory\n'
    fake.pods = [
      {
        metadata: { name: 'triton-1' },
        status: {
          containerStatuses: [
            {
              name: 'server',
              state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 10s' } },
              lastState: { terminated: { reason: 'OOMKilled', exitCode: 137 } },
            },
          ],
        },
      },
    ]
    await expect(configure(await open(), { memory: '1MiB' })).rejects.toMatchObject({
      code: 'SERVEBENCH_KUBERNETES_ROLLOUT',
      message: [
        "The rollout of 'triton' fails: CrashLoopBackOff, OOMKilled with code 137 of the pod triton-1 (back-off 10s). The end of its log:",
        'loading model',
        'CUDA out of memory',
      ].join('\n'),
    })
  })

  it('that takes too long says what it waits for', async () => {
    fake.rollout = Number.POSITIVE_INFINITY
    const message = '0/3 nodes are available'
    fake.pods = [
      {
        metadata: { name: 'triton-1' },
        status: { conditions: [{ type: 'PodScheduled', status: 'False', message }] },
      },
    ]
    await expect(configure(await open({ rolloutTimeout: '50ms' }), { replicas: 9 })).rejects.toThrow(
      /takes longer than 0 s. The pod triton-1 has no node: 0\/3 nodes are available/,
    )
  })

  it('of a deployment that is deleted meanwhile ends', async () => {
    fake.rollout = Number.POSITIVE_INFINITY
    const control = await open()
    const changed = configure(control, { replicas: 2 })
    await vi.waitFor(() => expect(fake.changes).toContain('PUT deployments/triton'))
    fake.objects.delete(DEPLOYMENT)
    await expect(changed).rejects.toThrow(/is gone/)
  })
})

describe('access', () => {
  it('that is denied is told with what is needed', async () => {
    fake.refused.set(`PUT ${DEPLOYMENT}`, [403, 'deployments.apps "triton" is forbidden'])
    await expect(configure(await open(), { replicas: 2 })).rejects.toMatchObject({
      message: expect.stringMatching(/403, deployments.apps "triton" is forbidden/) as string,
      advice: expect.stringContaining('update and patch of deployments') as string,
    })
  })

  it('is by a token of the kubeconfig, a file, or a program', async () => {
    fake.token = 'planted-token'
    fake.rollout = 0
    await expect(configure(await open(), {})).rejects.toMatchObject({ status: 401 })
    writeFileSync(join(root, 'token'), 'planted-token\n')
    const script = `process.stdout.write(JSON.stringify({ status: { token: process.env.PLANTED } }))`
    const exec = {
      command: process.execPath,
      args: ['-e', script],
      env: [{ name: 'PLANTED', value: 'planted-token' }],
    }
    for (const user of [{ token: 'planted-token' }, { tokenFile: 'token' }, { exec }]) {
      writeConfig({ server: fake.url }, user)
      expect(await configure(await open(), {})).toMatchObject({ replicas: 1 })
    }
    writeConfig(
      { server: fake.url },
      { exec: { command: process.execPath, args: ['-e', 'process.exit(3)'] } },
    )
    await expect(open()).rejects.toThrow(/by which the kubeconfig logs in, has failed/)
  })

  it('is to the cluster that is named, and to no other', async () => {
    await expect(readAccess('stagin', 'kubeconfig', root)).rejects.toMatchObject({
      advice: "Is 'staging' meant?",
    })
    await expect(readAccess('staging', 'nothing', root)).rejects.toThrow(/nothing cannot be read/)
    writeConfig({})
    await expect(readAccess('staging', 'kubeconfig', root)).rejects.toThrow(/names no cluster with a server/)
    writeConfig({ server: fake.url }, { username: 'a', password: 'b' })
    await expect(readAccess('staging', 'kubeconfig', root)).rejects.toThrow(/a way to log in/)
  })

  it('has certificates from the file itself, or beside it', async () => {
    writeFileSync(join(root, 'ca.pem'), 'the authority')
    const data = (text: string): string => Buffer.from(text).toString('base64')
    writeConfig(
      {
        server: 'https://cluster:6443/',
        'certificate-authority': 'ca.pem',
        'insecure-skip-tls-verify': true,
      },
      { 'client-certificate-data': data('a certificate'), 'client-key-data': data('a key') },
    )
    expect(await readAccess('staging', 'kubeconfig', root)).toEqual({
      url: 'https://cluster:6443',
      ca: 'the authority',
      insecure: true,
      cert: 'a certificate',
      key: 'a key',
      token: null,
    })
  })

  it('without an answer says so', async () => {
    const control = await open()
    await fake[Symbol.asyncDispose]()
    await expect(configure(control, { replicas: 2 })).rejects.toMatchObject({
      code: 'SERVEBENCH_KUBERNETES_CONNECTION',
    })
    expect(await control.health()).toEqual({ live: false, ready: false })
    fake = await FakeApiServer.start()
  })
})

it('is attached to, and left running', async () => {
  const hooks = await applyPlugins([plugin], root)
  const launch = (more: Partial<KubernetesOptions> = {}): Promise<RunningServer | undefined> =>
    hooks.launch.for('kubernetes').promise(kubernetesServer({ ...options(), ...more }), {
      root,
      signal: new AbortController().signal,
    } as never)
  expect(await launch({ grpcUrl: 'http://127.0.0.1:8001' })).toMatchObject({
    endpoints: { http: 'http://127.0.0.1:8000', grpc: 'http://127.0.0.1:8001' },
    process: null,
    version: 'triton:1',
    local: false,
  })
  await expect(launch({ deployment: 'other' })).rejects.toThrow(/has no deployment 'other'/)
})

describe('kubernetesServer()', () => {
  it('tells all problems at once', () => {
    const wrong = {
      namespace: 'Models',
      deployment: 'triton',
      url: 'http://a',
      replicas: 0,
      cpus: 'many',
      memory: '1 elephant',
      flags: { 'a b': 1 },
      overlay: 'o',
      manifests: 'm',
      replica: 1,
    } as unknown as KubernetesOptions
    expect(() => kubernetesServer(wrong)).toThrow(
      expect.objectContaining({
        problems: [
          'replica',
          'context',
          'namespace',
          'replicas',
          'cpus',
          'memory',
          'flags.a b',
          'manifests',
          'flags',
        ].map((path) => expect.objectContaining({ path }) as object),
      }),
    )
  })

  it('is tuned as it says', async () => {
    const server = kubernetesServer(options())
    const tuning = await connectTuning(plugin, server)
    expect((await checkTuning(tuning, server, await (await open()).tunables())).applied).toBeGreaterThan(20)
    const tuned = applyTunables(
      server,
      {
        'state.flags.x': 1,
        'state.image': 'i',
        'state.overlay': 'o',
        'state.cpus': 2,
        'state.memory': '1GiB',
      },
      tuning,
    )
    expect(tuned).toEqual(
      kubernetesServer(options({ flags: { x: 1 }, image: 'i', overlay: 'o', cpus: 2, memory: '1GiB' })),
    )
    expect(applyTunables(tuned, { 'state.flags.x': null, 'state.image': null }, tuning).state).toMatchObject({
      flags: {},
      image: null,
    })
  })
})
