import { existsSync } from 'node:fs'
import { expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import type { ArtifactSpec } from '../hooks/artifact.ts'
import { createHooks } from '../hooks/hooks.ts'
import { ArtifactStore } from './artifact-store.ts'

const spec = (options: ArtifactSpec['options'], name = 'a'): ArtifactSpec => ({
  artifact: 'model',
  package: 'models',
  name,
  options,
})

it('builds equal specifications once, in a folder that stays the same', async () => {
  using project = temporaryProject()
  const hooks = createHooks()
  const built: string[] = []
  const loaded: string[] = []
  hooks.buildArtifact.for('model').tapPromise('models', async (artifact, directory) => {
    built.push(directory)
    await new Promise((resolve) => setTimeout(resolve, 5))
    return { path: directory, digest: 'd', size: 1, metadata: { seed: artifact.options['seed'] ?? null } }
  })
  const store = new ArtifactStore(hooks, project.path('cache'), async (name) => void loaded.push(name))
  const [first, same, other] = await Promise.all([
    store.build(spec({ seed: 1, layers: 2 })),
    store.build(spec({ layers: 2, seed: 1 }, 'another name')),
    store.build(spec({ seed: 2, layers: 2 })),
  ])
  expect(same).toBe(first)
  expect(other).not.toBe(first)
  expect(built).toHaveLength(2)
  expect(new Set(built).size).toBe(2)
  expect(built.every((folder) => existsSync(folder))).toBe(true)
  expect(loaded).toEqual(['models', 'models'])

  const next = new ArtifactStore(hooks, project.path('cache'), async () => {})
  expect((await next.build(spec({ seed: 1, layers: 2 }))).path).toBe(first?.path)
})

it('builds again what has failed', async () => {
  using project = temporaryProject()
  const hooks = createHooks()
  let attempts = 0
  hooks.buildArtifact.for('model').tapPromise('models', async (_, directory) => {
    attempts += 1
    if (attempts === 1) throw new Error('disk full')
    return { path: directory, digest: 'd', size: 1, metadata: {} }
  })
  const store = new ArtifactStore(hooks, project.path('cache'), async () => {})
  await expect(store.build(spec({}))).rejects.toThrow('disk full')
  await store.build(spec({}))
  await store.build(spec({}))
  expect(attempts).toBe(2)
})

it('says which package is missing when nobody builds a kind', async () => {
  using project = temporaryProject()
  const store = new ArtifactStore(createHooks(), project.path('cache'), async () => {})
  await expect(store.build(spec({}, 'resnet'))).rejects.toMatchObject({
    code: 'SERVEBENCH_NO_PROVIDER',
    message: "No plugin builds artifacts of the kind 'model'.",
    advice: "Install 'models', which the artifact 'resnet' names as its package.",
  })
})
