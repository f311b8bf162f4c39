import { describe, expect, it } from 'vitest'
import type { PatchPoint } from '../../engine/session.ts'
import { Random } from '../../stats/prng.ts'
import { layoutPatches } from './patch-layout.ts'

function point(offset: number, length = 8): PatchPoint {
  return { offset, length, field: 'unit', encoding: 'decimal' }
}

function lengths(size: number, ...patches: PatchPoint[]): [length: number, patches: number][] {
  return layoutPatches(Buffer.alloc(size), patches).map((piece) => [piece.bytes.length, piece.patches.length])
}

describe('layoutPatches', () => {
  it('copies small payloads whole', () => {
    expect(lengths(600, point(100))).toEqual([[600, 1]])
    expect(lengths(600, point(500), point(100))).toEqual([[600, 2]])
  })

  it('copies only what lies around the patches of large ones', () => {
    expect(lengths(1_000_000, point(500_000))).toEqual([
      [500_000, 0],
      [8, 1],
      [499_992, 0],
    ])
    expect(lengths(1_000_000, point(100), point(999_000))).toEqual([
      [108, 1],
      [998_892, 0],
      [1_000, 1],
    ])
    expect(lengths(1_000_000, point(500_000), point(510_000))).toEqual([
      [500_000, 0],
      [10_008, 2],
      [489_992, 0],
    ])
  })

  it('covers every payload exactly once, with each patch inside its piece', () => {
    const random = new Random([1, 1, 2, 3])
    const below = (bound: number): number => Math.floor(random.next() * bound)
    for (let round = 0; round < 500; round++) {
      const bytes = Buffer.from(Uint8Array.from({ length: 50 + below(100_000) }, (_, index) => index & 255))
      const patches = Array.from({ length: 1 + below(5) }, () => point(below(bytes.length - 8)))
      const pieces = layoutPatches(bytes, patches)
      expect(Buffer.concat(pieces.map((piece) => piece.bytes)).equals(bytes)).toBe(true)
      expect(pieces.flatMap((piece) => piece.patches)).toHaveLength(patches.length)
      let at = 0
      for (const piece of pieces) {
        expect(piece.start).toBe(at)
        at += piece.bytes.length
        for (const { offset, length } of piece.patches) {
          expect(offset).toBeGreaterThanOrEqual(piece.start)
          expect(offset + length).toBeLessThanOrEqual(at)
        }
      }
    }
  })
})
