import { execFileSync, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { loadAll } from 'js-yaml'
import type { ConfigurationFile, JsonObject, JsonValue } from 'servebench/plugin'
import { connectTuning } from 'servebench/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { kubernetesServer, plugin } from '../src/index.ts'
import type { KubernetesControl } from '../src/control.ts'
import type { KubernetesOptions } from '../src/index.ts'
import { DEPLOYMENT, FLAGS, TestCluster } from './support/test-cluster.ts'

let cluster: TestCluster
beforeEach(async () => {
  cluster = await TestCluster.start()
  cluster.fake.rollout = 0
})
afterEach(async () => cluster[Symbol.asyncDispose]())

async function render(
  options: Partial<KubernetesOptions>,
  control: KubernetesControl | null = null,
  effective?: JsonValue,
): Promise<readonly ConfigurationFile[]> {
  const server = kubernetesServer({ ...cluster.options(), ...options })
  const { configuration } = await connectTuning(plugin, server)
  const artifact = () => Promise.reject(new Error('There are no artifacts.'))
  const told = effective === undefined ? {} : { effective }
  return (await configuration?.(server, { root: cluster.root, control, artifact, ...told })) ?? []
}

function parse(files: readonly ConfigurationFile[]): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    files.map(({ path, text }) => {
      const all = loadAll(text)
      return [path, all.length === 1 ? all[0] : all]
    }),
  )
}

/** A folder as a user would have it. */
function write(files: readonly ConfigurationFile[]): string {
  const folder = mkdtempSync(join(cluster.root, 'overlay-'))
  for (const { path, text } of files) writeFileSync(join(folder, path), text)
  return folder
}

const SETTINGS = {
  replicas: 3,
  cpus: '500m',
  memory: '1536MiB',
  image: 'triton:2',
  flags: { 'http-thread-count': 8, 'log-verbose': true },
} as const

it('says what the configuration sets, and nothing else', async () => {
  const resources = { cpu: '500m', memory: '1536Mi' }
  expect(parse(await render(SETTINGS, await cluster.open()))).toEqual({
    'kustomization.yaml': {
      apiVersion: 'kustomize.config.k8s.io/v1beta1',
      kind: 'Kustomization',
      namespace: 'models',
      resources: ['deployment.yaml', 'flags.yaml'],
    },
    'deployment.yaml': {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'triton', namespace: 'models' },
      spec: {
        replicas: 3,
        template: {
          metadata: {
            annotations: { 'servebench.dev/flags': expect.stringMatching(/^[0-9a-f]{16}$/) as string },
          },
          spec: {
            containers: [
              { name: 'server', image: 'triton:2', resources: { requests: resources, limits: resources } },
            ],
          },
        },
      },
    },
    'flags.yaml': {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'triton-flags', namespace: 'models' },
      data: { 'http-thread-count': '8', 'log-verbose': 'true' },
    },
  })
})

it('of replicas alone leaves pods as they are, and of nothing is nothing', async () => {
  expect(parse(await render({ replicas: 2 }))['deployment.yaml']).toMatchObject({ spec: { replicas: 2 } })
  expect(
    Object.keys((parse(await render({ replicas: 2 }))['deployment.yaml'] as JsonObject)['spec'] as object),
  ).toEqual(['replicas'])
  expect(await render({})).toEqual([])
})

it('has to know the container: by its name, from the cluster, or as it was told of it', async () => {
  await expect(render({ cpus: 2 })).rejects.toMatchObject({ code: 'SERVEBENCH_KUBERNETES_CONTAINER' })
  const files = parse(await render({ cpus: 2, container: 'server' }))
  const control = await cluster.open()
  expect(files).toEqual(parse(await render({ cpus: 2 }, control)))
  const told = await cluster.configure(control, { replicas: 2 })
  expect(files).toEqual(parse(await render({ cpus: 2 }, null, told)))
})

it('applied, it makes the deployment that a case with these settings has', async () => {
  const control = await cluster.open()
  const files = await render(SETTINGS, control)
  await cluster.configure(control, SETTINGS)
  const wanted = [cluster.own(DEPLOYMENT), cluster.own(FLAGS)]
  await control.restore()
  expect([cluster.own(DEPLOYMENT), cluster.own(FLAGS)]).not.toEqual(wanted)
  // As `kubectl apply --server-side -k` sends it.
  const resources = files.filter(({ path }) => path !== 'kustomization.yaml')
  cluster.write('all.yaml', resources.map(({ text }) => text).join('---\n'))
  await cluster.configure(control, { manifests: 'all.yaml' })
  expect([cluster.own(DEPLOYMENT), cluster.own(FLAGS)]).toEqual(wanted)
})

it('patches what the manifests of the state have, and adds the rest', async () => {
  const manifests = [
    { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'triton' }, spec: { minReadySeconds: 5 } },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'fast' }, spec: { type: 'NodePort' } },
  ]
  cluster.write('m.yaml', manifests.map((each) => JSON.stringify(each)).join('\n---\n'))
  const files = parse(await render({ manifests: 'm.yaml', replicas: 2, flags: { x: 1 } }))
  expect(files['kustomization.yaml']).toMatchObject({
    resources: ['base.yaml', 'flags.yaml'],
    patches: [{ path: 'deployment.yaml' }],
  })
  expect(files['base.yaml']).toMatchObject(manifests)
})

describe.runIf(spawnSync('kubectl', ['kustomize', '--help']).status === 0)('by kubectl', () => {
  const build = (folder: string): readonly unknown[] =>
    loadAll(execFileSync('kubectl', ['kustomize', folder], { encoding: 'utf8' }))

  it('is built to its own objects', async () => {
    const files = await render(SETTINGS, await cluster.open())
    const { 'deployment.yaml': deployment, 'flags.yaml': flags } = parse(files)
    expect(build(write(files))).toEqual(expect.arrayContaining([deployment, flags]))
  })

  it('is an overlay of the plugin’s own, also upon another one', async () => {
    mkdirSync(join(cluster.root, 'base'))
    cluster.write('base/kustomization.yaml', 'resources: [service.yaml, deployment.yaml]\n')
    cluster.write(
      'base/service.yaml',
      'apiVersion: v1\nkind: Service\nmetadata: { name: fast }\nspec: { type: NodePort }\n',
    )
    cluster.write(
      'base/deployment.yaml',
      'apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: triton }\nspec: { minReadySeconds: 5, replicas: 9 }\n',
    )
    const control = await cluster.open()
    const state = { overlay: 'base', replicas: 2, cpus: 2, flags: { x: 1 } } as const
    const folder = write(await render(state, control))
    expect(build(folder)).toContainEqual(
      expect.objectContaining({
        kind: 'Deployment',
        spec: expect.objectContaining({ minReadySeconds: 5, replicas: 2 }) as object,
      }),
    )
    await cluster.configure(control, state)
    const wanted = [cluster.own(DEPLOYMENT), cluster.own(FLAGS)]
    await control.restore()
    await cluster.configure(control, { overlay: folder.slice(cluster.root.length + 1) })
    expect([cluster.own(DEPLOYMENT), cluster.own(FLAGS)]).toEqual(wanted)
  })
})
