import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SampleStore } from './sample-store.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'samples-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

function fill(store: SampleStore<'a' | 'b'>, rows: number): void {
  for (let row = 0; row < rows; row++) {
    store.chunk[store.position] = row
    store.chunk[store.position + SampleStore.stride] = -row / 3
    store.advance()
  }
}

describe('SampleStore', () => {
  it.each([0, 1, 32_767, 32_768, 32_769, 200_001])('gives %d rows back in order, spilled or not', (rows) => {
    const path = join(folder, 'spill')
    using store = new SampleStore(['a', 'b'], path, 65_536)
    fill(store, rows)
    const [a, b] = [store.column('a'), store.column('b')]
    expect(store.rows).toBe(rows)
    expect(a.length).toBe(rows)
    let wrong = 0
    for (let row = 0; row < rows; row++) if (a[row] !== row || b[row] !== -row / 3) wrong += 1
    expect(wrong).toBe(0)
    expect(existsSync(path)).toBe(rows > 100_000)
  })

  it('removes its scratch file', () => {
    const path = join(folder, 'spill')
    const store = new SampleStore(['a', 'b'], path, 1)
    fill(store, 100_000)
    expect(existsSync(path)).toBe(true)
    store[Symbol.dispose]()
    expect(existsSync(path)).toBe(false)
  })
})
