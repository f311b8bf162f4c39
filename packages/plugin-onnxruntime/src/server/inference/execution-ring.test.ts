import { describe, expect, it } from 'vitest'
import { createRing, ensureArea, postSlot, readAlarm, setAlarm, takeSlot, Word } from './execution-ring.ts'
import { AreaReader, AreaWriter } from './tensor-area.ts'

describe('the ring', () => {
  it('hands out slots in the order of posting, each once, also when its counters wrap', () => {
    const ring = createRing(4, 65_536)
    for (const word of [Word.head, Word.tail]) ring.words[word] = 2 ** 31 - 5
    for (let round = 0; round < 20; round++) {
      const slots = [round % 4, (round + 1) % 4, (round + 2) % 4]
      for (const slot of slots) postSlot(ring, slot)
      expect([takeSlot(ring), takeSlot(ring), takeSlot(ring), takeSlot(ring)]).toEqual([...slots, -1])
    }
  })

  it('keeps the alarm apart from the instants of the slots', () => {
    const ring = createRing(2, 65_536)
    ring.instants.fill(7)
    setAlarm(ring, 42)
    expect(readAlarm(ring)).toBe(42)
    expect(ring.instants.slice(0, 8)).toEqual(new Float64Array(8).fill(7))
  })
})

describe('an area', () => {
  it('carries shapes, bytes, numbers and gaps, and grows as it needs to', () => {
    const area = createRing(1, 1_048_576).requests[0] as SharedArrayBuffer
    const large = Uint8Array.from({ length: 300_000 }, (_, index) => index % 251)
    const writer = new AreaWriter(area, 4, 8 + 5)
    writer.addNumbers([3, 0, 2])
    writer.add([2, 3], 6).set([1, 2, 3, 4, 5, 6])
    writer.addAbsent()
    writer.add([], 1).set([9])
    writer.add([1, 300_000], 300_000).set(large)
    const reader = new AreaReader(area)
    expect(reader.nextNumbers()).toEqual([3, 0, 2])
    expect(reader.next()).toEqual({ shape: [2, 3], bytes: Uint8Array.of(1, 2, 3, 4, 5, 6) })
    expect(reader.next()).toBeNull()
    expect(reader.next()).toEqual({ shape: [], bytes: Uint8Array.of(9) })
    const last = reader.next()
    expect(last?.shape).toEqual([1, 300_000])
    expect(Buffer.compare(Buffer.from(last?.bytes as Uint8Array), large)).toBe(0)
  })

  it('aligns every tensor for any element type', () => {
    const area = createRing(1, 65_536).requests[0] as SharedArrayBuffer
    const writer = new AreaWriter(area, 3, 3)
    for (const length of [3, 1, 5]) expect(writer.add([length], length).byteOffset % 64).toBe(0)
  })

  it('refuses to grow beyond its limit', () => {
    const area = createRing(1, 100_000).requests[0] as SharedArrayBuffer
    expect(() => ensureArea(area, 100_001)).toThrow(RangeError)
    ensureArea(area, 100_000)
    expect(area.byteLength).toBe(100_000)
  })
})
