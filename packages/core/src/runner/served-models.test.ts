import { describe, expect, it } from 'vitest'
import { server } from '../../test/support/planned-case.ts'
import { modelOf, servedModels } from './served-models.ts'

const artifact = { artifact: 'onnx-model', package: 'p', name: 'mlp', options: {} }
const target = (options: Record<string, string>) => ({ kind: 'oip', package: 'p', options })

describe('servedModels', () => {
  it('finds artifacts and files, from the root, in the state and in the launch', () => {
    const plan = {
      ...server(1),
      state: {
        models: [
          { name: 'a', source: { artifact } },
          { name: 'b', source: { file: 'models/b.onnx' } },
        ],
      },
      launch: { models: [{ name: 'c', source: { path: '/c' } }] },
    }
    expect(servedModels(plan, '/root')).toEqual([
      { name: 'a', source: artifact },
      { name: 'b', source: '/root/models/b.onnx' },
      { name: 'c', source: '/c' },
    ])
  })

  it('passes over what is no such list', () => {
    const plan = (state: object) => ({ ...server(1), state: state as never })
    for (const state of [
      {},
      { models: 'x' },
      { models: [null, 7, { name: 'a' }, { name: 1, source: { file: 'x' } }] },
      { models: { a: {} } },
    ])
      expect(servedModels(plan(state), '/')).toEqual([])
  })
})

describe('modelOf', () => {
  const [a, b] = [
    { name: 'a', source: 'a.onnx' },
    { name: 'b', source: 'b.onnx' },
  ]

  it('is the one that the target names, or the only one', () => {
    expect(modelOf([a, b], target({ model: 'b' }))).toBe(b)
    expect(modelOf([a], target({ url: 'http://x' }))).toBe(a)
    expect(modelOf([a, b], target({}))).toBeNull()
    expect(modelOf([], target({ model: 'a' }))).toBeNull()
  })
})
