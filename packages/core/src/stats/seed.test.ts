import { describe, expect, it } from 'vitest'
import { createRandom, deriveSeed, type SeedPath } from './seed.ts'

const source: SeedPath = { seed: '7', path: ['a', 'b › ü'], repeat: 2, stream: 'main', purpose: 'arrivals' }

describe('deriveSeed', () => {
  it('is the head of SHA-256 over canonical JSON', () => {
    // python: struct.unpack('>4I', sha256('["servebench/1","7",["a","b › ü"],2,"main","arrivals"]').digest()[:16])
    expect(deriveSeed(source)).toEqual([3995525901, 451824880, 2446455313, 1535842261])
  })

  it('depends on every part, and on where one part ends', () => {
    const others: SeedPath[] = [
      { ...source, seed: '8' },
      { ...source, path: ['a'] },
      { ...source, path: ['a › b › ü'] },
      { ...source, repeat: 3 },
      { ...source, stream: 'main2' },
      { ...source, purpose: 'think-time' },
      { ...source, stream: 'mainarrivals', purpose: '' },
    ]
    const seeds = [source, ...others].map((one) => deriveSeed(one).join())
    expect(new Set(seeds).size).toBe(seeds.length)
  })

  it('gives the same numbers again', () => {
    expect(createRandom(source).next()).toBe(createRandom({ ...source }).next())
  })
})
