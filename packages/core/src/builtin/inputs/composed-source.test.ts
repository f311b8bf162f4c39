import { describe, expect, it } from 'vitest'
import { openInput, sampleAt } from '../../../test/support/inputs.ts'
import { bytes, image, mixed, repeat, text } from '../../inputs.ts'
import type { InputSpec, JsonObject } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createDeal } from './composed-source.ts'
import { createSource } from './source.ts'

const MODULE = new URL('./source.ts', import.meta.url).href

function reference({ input, options }: InputSpec): JsonObject {
  return { module: MODULE, options: { kind: input, options, metadata: null } }
}

async function openMixed(spec: InputSpec): Promise<SampleSource> {
  const parts = (spec.options['parts'] as unknown as { input: InputSpec }[]).map((part) => ({
    ...part,
    input: reference(part.input),
  }))
  return await createSource({ kind: 'mixed', options: { parts } as unknown as JsonObject, metadata: null })
}

async function openRepeat(spec: InputSpec): Promise<SampleSource> {
  const input = reference(spec.options['input'] as unknown as InputSpec)
  return await createSource({ kind: 'repeat', options: { ...spec.options, input }, metadata: null })
}

describe('createDeal', () => {
  it.each([[[1]], [[9, 1]], [[1, 1, 1]], [[5, 3, 2]], [[0.7, 0.2, 0.05, 0.05]]])(
    'keeps the shares of %j to within one, at any length',
    (weights) => {
      const deal = createDeal(weights)
      const total = weights.reduce((sum, weight) => sum + weight, 0)
      const counts = weights.map(() => 0)
      for (let index = 0; index < 500; index++) {
        const { part, nth } = deal.share(index)
        expect(deal.indexOf(part, nth)).toBe(index)
        expect(nth).toBe(counts[part])
        counts[part]! += 1
        for (const [at, weight] of weights.entries())
          expect(Math.abs((counts[at] as number) - (weight / total) * (index + 1))).toBeLessThan(1 + 1e-9)
      }
    },
  )

  it('depends on the index alone', () => {
    const forwards = createDeal([3, 1])
    const list = Array.from({ length: 20 }, (_, index) => forwards.share(index))
    expect(createDeal([3, 1]).share(19)).toEqual(list[19])
  })
})

describe('mixed', () => {
  it('labels the samples of its parts', async () => {
    const source = await openMixed(
      mixed({
        short: { input: text({ words: 2 }), weight: 3 },
        long: text({ words: 9, buckets: [5] }),
      }),
    )
    const samples = await Promise.all(Array.from({ length: 8 }, (_, index) => sampleAt(source, index)))
    expect(samples.filter(({ label }) => label === 'short')).toHaveLength(6)
    expect(samples.filter(({ label }) => label === 'long >5')).toHaveLength(2)
  })

  it('sends as many different samples of a part as there are', async () => {
    const source = await openMixed(
      mixed({ few: bytes({ size: '8B', distinct: 2 }), many: bytes({ size: '9B', distinct: 100 }) }),
    )
    const samples = await Promise.all(Array.from({ length: 20 }, (_, index) => sampleAt(source, index)))
    const different = (label: string): number =>
      new Set(samples.filter((one) => one.label === label).map((one) => JSON.stringify(one))).size
    expect([different('few'), different('many')]).toEqual([2, 10])
  })

  it('refuses weights that are none', async () => {
    await expect(openMixed(mixed({ a: { input: text(), weight: 0 } }))).rejects.toThrow('a.weight')
    await expect(openMixed(mixed({}))).rejects.toThrow('parts: are missing.')
  })
})

describe('repeat', () => {
  it('has one sample, of the index that is asked for', async () => {
    const spec = image({ size: 4, name: 'x' })
    const source = await openRepeat(repeat(spec, { index: 3 }))
    expect(source.distinct).toBe(1)
    const plain = await openInput(spec)
    expect(await sampleAt(source, 0)).toEqual(await sampleAt(plain, 3))
    expect(await sampleAt(source, 7)).toEqual(await sampleAt(plain, 3))
    await expect(openRepeat(repeat(spec, { index: -1 }))).rejects.toThrow('index')
  })
})
