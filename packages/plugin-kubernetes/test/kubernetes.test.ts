import { chmodSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { applyTunables } from 'servebench/plugin'
import type { JsonObject, RunningServer } from 'servebench/plugin'
import { applyPlugins, checkServer, checkTuning, connectTuning } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { kubernetesServer, plugin } from '../src/index.ts'
import type { KubernetesOptions } from '../src/index.ts'
import { DEPLOYMENT, FLAGS, TestCluster } from './support/test-cluster.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await TestCluster.start()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await cluster[Symbol.asyncDispose]()
})

it('keeps the contract of servers', async () => {
  const control = await cluster.open()
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
  cluster.fake.rollout = 0
  const { held, skipped } = await checkServer(server, {
    configuration: {
      state: kubernetesServer(cluster.options({ replicas: 3, flags: { 'log-verbose': 1 } })).state,
      observe: async () => cluster.present(),
    },
    stopServer: async () => cluster.fake[Symbol.asyncDispose](),
  })
  expect(held).toContain('`undo` takes announced changes back, also twice')
  expect(skipped).not.toContain('`restore` takes back what `configure` changed')
})

describe('a state', () => {
  it('is brought about, waited for, told, and taken back', async () => {
    const before = cluster.present()
    const control = await cluster.open()
    const effective = await cluster.configure(control, {
      replicas: 3,
      cpus: '500m',
      memory: '2GiB',
      image: 'triton:2',
      flags: { 'log-verbose': 1, 'http-thread-count': 8 },
    })
    const resources = {
      limits: { cpu: '500m', 'nvidia.com/gpu': 1, memory: '2Gi' },
      requests: { cpu: '500m', memory: '2Gi' },
    }
    expect(effective).toEqual({ replicas: 3, containers: { server: { image: 'triton:2', resources } } })
    expect(cluster.own(FLAGS)).toMatchObject({ data: { 'log-verbose': '1', 'http-thread-count': '8' } })
    // Pods read flags when they start.
    expect(cluster.own(DEPLOYMENT)).toMatchObject({
      spec: {
        template: { metadata: { annotations: { 'servebench.dev/flags': expect.any(String) as string } } },
      },
    })
    expect(cluster.fake.changes).toEqual(['PUT configmaps/triton-flags', 'PUT deployments/triton'])
    await control.restore()
    expect(cluster.present()).toEqual(before)
  })

  it('that is there already changes nothing', async () => {
    const control = await cluster.open()
    await cluster.configure(control, { replicas: 1, cpus: 1 })
    await cluster.configure(control, { replicas: 1, cpus: 1 })
    await control.restore()
    expect([cluster.fake.changes, cluster.steps]).toEqual([[], []])
  })

  it('follows one case from the other without what that one has set, by one rollout', async () => {
    const control = await cluster.open()
    await cluster.configure(control, { replicas: 3, image: 'triton:2', flags: { x: 1 } })
    cluster.fake.changes.splice(0)
    await cluster.configure(control, { cpus: 2 })
    expect(cluster.fake.changes).toEqual(['PUT configmaps/triton-flags', 'PUT deployments/triton'])
    expect(cluster.own(FLAGS)).toMatchObject({ data: { 'log-verbose': '0' } })
    expect(cluster.own(DEPLOYMENT)).toMatchObject({
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
    cluster.fake.objects.delete(FLAGS)
    const control = await cluster.open()
    await cluster.configure(control, { flags: { x: true } })
    expect(cluster.own(FLAGS)).toMatchObject({ data: { x: 'true' } })
    await control.restore()
    expect(cluster.own(FLAGS)).toBeNull()
  })

  it('is written again when somebody else has changed the object meanwhile', async () => {
    cluster.fake.conflicts = 3
    const control = await cluster.open()
    await cluster.configure(control, { replicas: 2 })
    expect(cluster.own(DEPLOYMENT)).toMatchObject({ spec: { replicas: 2 } })
    cluster.fake.conflicts = 100
    await expect(cluster.configure(control, { replicas: 4 })).rejects.toThrow(
      /409, the object has been modified/,
    )
  })

  it('is taken back by another process, also twice', async () => {
    const before = cluster.present()
    cluster.fake.objects.delete(FLAGS)
    await cluster.configure(await cluster.open(), { replicas: 2, flags: { x: 1 } })
    const other = await cluster.open()
    expect(await other.undo(cluster.steps)).toEqual([])
    expect(await other.undo(cluster.steps)).toEqual([])
    expect([cluster.own(DEPLOYMENT), cluster.own(FLAGS)]).toEqual([before['deployment'], null])
    expect(await other.undo([{ undo: 'else' }, null])).toHaveLength(2)
    cluster.fake.refused.set(`PUT ${DEPLOYMENT}`, [403, 'no'])
    expect(await other.undo(cluster.steps)).toEqual([
      expect.stringContaining("the Deployment 'triton' could not be taken back"),
    ])
  })

  it('is taken back also when the run was interrupted, without waiting for pods', async () => {
    const before = cluster.present()
    const run = new AbortController()
    const control = await cluster.open({}, run.signal)
    await cluster.configure(control, { replicas: 2, flags: { x: 1 } })
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    const waiting = cluster.configure(control, { replicas: 3 })
    await vi.waitFor(() => expect(cluster.own(DEPLOYMENT)).toMatchObject({ spec: { replicas: 3 } }))
    run.abort()
    await expect(waiting).rejects.toThrow(/abort/i)
    await control.restore()
    expect(cluster.present()).toEqual(before)
  })

  it('names the container where there are several', async () => {
    const containers = [
      { name: 'server', image: 'a' },
      { name: 'sidecar', image: 'b' },
    ]
    const deployment = cluster.fake.objects.get(DEPLOYMENT) as JsonObject
    const spec = deployment['spec'] as JsonObject
    cluster.fake.put(DEPLOYMENT, { ...deployment, spec: { ...spec, template: { spec: { containers } } } })
    await expect(cluster.configure(await cluster.open(), { cpus: 2, flags: { x: 1 } })).rejects.toMatchObject(
      {
        message: 'The pods have 2 containers.',
        advice: expect.stringContaining('server, sidecar') as string,
      },
    )
    // Nothing is changed by half.
    expect(cluster.fake.changes).toEqual([])
    await cluster.configure(await cluster.open({ container: 'sidecar' }), { cpus: 2 })
    expect(JSON.stringify(cluster.own(DEPLOYMENT))).toContain('{"name":"sidecar","image":"b","resources":')
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
    writeFileSync(join(cluster.root, 'm.yaml'), MANIFESTS)
    const before = cluster.present()
    const control = await cluster.open()
    expect(await cluster.configure(control, { manifests: 'm.yaml', cpus: 2 })).toMatchObject({ replicas: 4 })
    expect(cluster.fake.changes).toEqual([
      'PATCH services/fast',
      'PATCH deployments/triton',
      'PUT deployments/triton',
    ])
    await control.restore()
    expect(cluster.present()).toEqual(before)
    expect(cluster.fake.objects.has('/api/v1/namespaces/models/services/fast')).toBe(false)
  })

  it('of an overlay are rendered by kubectl', async () => {
    const program = join(cluster.root, 'kubectl')
    writeFileSync(
      program,
      `#!/bin/sh\n[ "$1 $2" = "kustomize ${cluster.root}/overlay" ] && cat <<'E'\n${MANIFESTS}E\n`,
    )
    chmodSync(program, 0o755)
    vi.stubEnv('PATH', `${cluster.root}${delimiter}${process.env['PATH'] ?? ''}`)
    expect(await cluster.configure(await cluster.open(), { overlay: 'overlay' })).toMatchObject({
      replicas: 4,
    })
    await expect(cluster.configure(await cluster.open(), { overlay: 'other' })).rejects.toThrow(
      /other cannot be rendered/,
    )
  })

  it.each([
    ['kind: x', /something that is no object/],
    ['apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a, namespace: other }', /of the namespace 'other'/],
    ['apiVersion: v1\nkind: Secret\nmetadata: { name: a }', /has the Secret 'a'/],
    ['apiVersion: v1\nkind: Namespace\nmetadata: { name: a }', /is of the whole cluster/],
    ['apiVersion: v1\nkind: Gadget\nmetadata: { name: a }', /has no Gadget of v1/],
    ['a: [', /is not YAML/],
  ])('that are not to be applied are refused: %j', async (text, message) => {
    writeFileSync(join(cluster.root, 'm.yaml'), text)
    await expect(cluster.configure(await cluster.open(), { manifests: 'm.yaml' })).rejects.toThrow(message)
    expect(cluster.fake.changes).toEqual([])
  })
})

describe('a rollout', () => {
  it('of pods that crash fails with the end of their log', async () => {
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    cluster.fake.log = 'loading model\nCUDA out of memory\n'
    cluster.fake.pods = [
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
    await expect(cluster.configure(await cluster.open(), { memory: '1MiB' })).rejects.toMatchObject({
      code: 'SERVEBENCH_KUBERNETES_ROLLOUT',
      message:
        "The rollout of 'triton' fails: CrashLoopBackOff, OOMKilled with code 137 of the pod triton-1 (back-off 10s).",
      detail: ['The end of its log:', 'loading model', 'CUDA out of memory'].join('\n'),
    })
  })

  it('of pods that never become ready tells the events of the cluster, and the log', async () => {
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    cluster.fake.log = 'waiting for a licence\n'
    cluster.fake.events = [
      { type: 'Normal', reason: 'Pulled', message: 'image is there' },
      { type: 'Warning', reason: 'Unhealthy', message: 'Readiness probe failed: 503', count: 7 },
    ]
    cluster.fake.pods = [
      {
        metadata: { name: 'triton-1' },
        status: {
          conditions: [{ type: 'Ready', status: 'False' }],
          containerStatuses: [{ name: 'server', state: { running: {} } }],
        },
      },
    ]
    const control = await cluster.open({ rolloutTimeout: '50ms' })
    await expect(cluster.configure(control, { replicas: 2 })).rejects.toMatchObject({
      message: "The rollout of 'triton' takes longer than 50.0 ms. The pod triton-1 is not ready.",
      detail: [
        'Its events:',
        'Unhealthy: Readiness probe failed: 503 (7 times)',
        'The end of its log:',
        'waiting for a licence',
      ].join('\n'),
    })
  })

  it('that a quota stands in the way of says so', async () => {
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    const message = 'pods "triton-2" is forbidden: exceeded quota: cpu'
    cluster.fake.conditions = [{ type: 'ReplicaFailure', status: 'True', message }]
    const control = await cluster.open({ rolloutTimeout: '50ms' })
    await expect(cluster.configure(control, { replicas: 2 })).rejects.toThrow(
      /Pods are refused: pods "triton-2" is forbidden: exceeded quota: cpu\./,
    )
  })

  it('is not judged by the pods of the one before, which it replaces', async () => {
    const crashed = (name: string, hash: string, more: object = {}): JsonObject => ({
      metadata: { name, labels: { app: 'triton', 'pod-template-hash': hash }, ...more },
      status: {
        containerStatuses: [{ name: 'server', state: { waiting: { reason: 'CrashLoopBackOff' } } }],
      },
    })
    const set = (hash: string, revision: string): JsonObject => ({
      metadata: {
        labels: { 'pod-template-hash': hash },
        annotations: { 'deployment.kubernetes.io/revision': revision },
      },
    })
    const deployment = cluster.fake.objects.get(DEPLOYMENT) as JsonObject
    const annotations = { 'deployment.kubernetes.io/revision': '2' }
    cluster.fake.put(DEPLOYMENT, {
      ...deployment,
      metadata: { ...(deployment['metadata'] as JsonObject), annotations },
    })
    cluster.fake.replicaSets = [set('old', '1'), set('new', '2')]
    const gone = { deletionTimestamp: '2026-11-22T00:00:00Z' }
    cluster.fake.pods = [crashed('triton-old', 'old'), crashed('triton-gone', 'new', gone)]
    const control = await cluster.open()
    expect(await cluster.configure(control, { replicas: 2 })).toMatchObject({ replicas: 2 })
    cluster.fake.pods = [crashed('triton-old', 'old'), crashed('triton-new', 'new')]
    await expect(cluster.configure(control, { replicas: 3 })).rejects.toThrow(/of the pod triton-new/)
  })

  it('that takes too long says what it waits for', async () => {
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    const message = '0/3 nodes are available'
    cluster.fake.pods = [
      {
        metadata: { name: 'triton-1' },
        status: { conditions: [{ type: 'PodScheduled', status: 'False', message }] },
      },
    ]
    await expect(
      cluster.configure(await cluster.open({ rolloutTimeout: '50ms' }), { replicas: 9 }),
    ).rejects.toThrow(/takes longer than 50\.0 ms\. The pod triton-1 has no node: 0\/3 nodes are available/)
  })

  it('of a deployment that is deleted meanwhile ends', async () => {
    cluster.fake.rollout = Number.POSITIVE_INFINITY
    const control = await cluster.open()
    const changed = cluster.configure(control, { replicas: 2 })
    await vi.waitFor(() => expect(cluster.fake.changes).toContain('PUT deployments/triton'))
    cluster.fake.objects.delete(DEPLOYMENT)
    await expect(changed).rejects.toThrow(/is gone/)
  })
})

it('is attached to, and left running', async () => {
  const hooks = await applyPlugins([plugin], cluster.root)
  const launch = (more: Partial<KubernetesOptions> = {}): Promise<RunningServer | undefined> =>
    hooks.launch.for('kubernetes').promise(kubernetesServer({ ...cluster.options(), ...more }), {
      root: cluster.root,
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
    const server = kubernetesServer(cluster.options())
    const tuning = await connectTuning(plugin, server)
    const control = await cluster.open()
    expect(
      (await checkTuning(tuning, server, await control.tunables(), { control })).applied,
    ).toBeGreaterThan(20)
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
      kubernetesServer(
        cluster.options({ flags: { x: 1 }, image: 'i', overlay: 'o', cpus: 2, memory: '1GiB' }),
      ),
    )
    expect(applyTunables(tuned, { 'state.flags.x': null, 'state.image': null }, tuning).state).toMatchObject({
      flags: {},
      image: null,
    })
  })
})
