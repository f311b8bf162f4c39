import { describe, expect, it } from 'vitest'
import {
  fileOfScenario,
  hasImpact,
  impactOf,
  isWithin,
  mergeImpacts,
  NO_IMPACT,
  scenarioKey,
  type Impact,
  type WatchedProject,
} from './impact.ts'

const A = '/p/a.bench.ts'
const B = '/p/b.bench.ts'
const FIRST = scenarioKey({ file: 'a.bench.ts', path: ['a', 'first'] })
const SECOND = scenarioKey({ file: 'b.bench.ts', path: ['b', 'second'] })

function project(overrides: Partial<WatchedProject> = {}): WatchedProject {
  return {
    isConfig: (path) => path === '/p/servebench.config.ts',
    isGlobbed: (path) => path.startsWith('/p/data/'),
    isBenchFile: (path) => path.endsWith('.bench.ts'),
    dependencies: new Map([
      [A, new Set([A, '/p/shared.ts', '/p/only-a.ts'])],
      [B, new Set([B, '/p/shared.ts'])],
    ]),
    broken: new Set(),
    named: new Map([
      ['/p/model.onnx', new Set([FIRST, SECOND])],
      ['/p/models', new Set([SECOND])],
    ]),
    ...overrides,
  }
}

function impact(paths: readonly string[], overrides: Partial<WatchedProject> = {}): Impact {
  return impactOf(new Set(paths), project(overrides))
}

describe('impactOf', () => {
  it('knows who imports what', () => {
    expect([...impact([A]).files]).toEqual([A])
    expect([...impact(['/p/only-a.ts']).files]).toEqual([A])
    expect([...impact(['/p/shared.ts']).files]).toEqual([A, B])
    expect([...impact(['/p/only-a.ts', B]).files]).toEqual([A, B])
  })

  it('takes in new bench files', () => {
    expect([...impact(['/p/new.bench.ts']).files]).toEqual(['/p/new.bench.ts'])
  })

  it('runs everything after a change of the configuration or of a file that `watch` names', () => {
    expect(impact(['/p/servebench.config.ts'])).toMatchObject({ config: true, all: true })
    expect(impact(['/p/data/queries.json'])).toMatchObject({ config: false, all: true })
  })

  it('runs the scenarios whose plans name a file or a folder around it', () => {
    const model = impact(['/p/model.onnx'])
    expect([...model.scenarios]).toEqual([FIRST, SECOND])
    expect([...model.inputs]).toEqual(['/p/model.onnx'])
    expect([...model.files]).toEqual([])
    expect([...impact(['/p/models/resnet/config.pbtxt']).scenarios]).toEqual([SECOND])
    expect(hasImpact(impact(['/p/models-of-others/x']))).toBe(false)
  })

  it('gives bench files that could not be read another try when a module appears', () => {
    const broken = new Set([B])
    expect([...impact(['/p/missing.ts'], { broken }).files]).toEqual([B])
    expect(hasImpact(impact(['/p/notes.md'], { broken }))).toBe(false)
    expect(hasImpact(impact(['/p/missing.ts']))).toBe(false)
  })

  it('tells what has changed', () => {
    expect([...impact([A, '/p/model.onnx']).changed]).toEqual([A, '/p/model.onnx'])
    expect(hasImpact(impact(['/p/unrelated.txt']))).toBe(false)
    expect(hasImpact(NO_IMPACT)).toBe(false)
  })
})

describe('mergeImpacts', () => {
  it('keeps what either has', () => {
    const merged = mergeImpacts(impact([A, '/p/servebench.config.ts']), impact([B, '/p/model.onnx']))
    expect([...merged.files]).toEqual([A, B])
    expect(merged.config).toBe(true)
    expect(merged.all).toBe(true)
    expect([...merged.scenarios]).toEqual([FIRST, SECOND])
    expect([...merged.inputs]).toEqual(['/p/model.onnx'])
    expect(merged.changed.size).toBe(4)
  })
})

describe('scenarioKey', () => {
  it('tells scenarios apart and names their file', () => {
    const joined = scenarioKey({ file: 'a', path: ['b', 'c'] })
    expect(joined).not.toBe(scenarioKey({ file: 'a', path: ['b,c'] }))
    expect(fileOfScenario(joined)).toBe('a')
  })
})

describe('isWithin', () => {
  it.each([
    ['/a/b', '/a/b', true],
    ['/a/b', '/a/b/c/d', true],
    ['/a/b', '/a/bc', false],
    ['/a/b', '/a', false],
    ['/', '/a', true],
    ['/a', '/a/..b', true],
  ])('%s holds %s: %s', (container, path, expected) => {
    expect(isWithin(container, path)).toBe(expected)
  })
})
