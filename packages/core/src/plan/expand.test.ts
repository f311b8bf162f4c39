import { describe, expect, it } from 'vitest'
import { Problems } from '../dsl/problems.ts'
import { expandMatrix } from './expand.ts'

function expand(matrix: unknown, exclude?: unknown, set: Record<string, string[]> = {}) {
  const problems = new Problems()
  return {
    cases: expandMatrix(problems, matrix, exclude, new Map(Object.entries(set))),
    errors: problems.errors,
  }
}

describe('expandMatrix', () => {
  it('is one case without a matrix', () => {
    expect(expand(undefined)).toEqual({ cases: [{}], errors: [] })
    expect(expand({})).toEqual({ cases: [{}], errors: [] })
  })

  it('lets the last axis vary fastest', () => {
    expect(expand({ a: [1, 2], b: ['x', 'y'] }).cases).toEqual([
      { a: 1, b: 'x' },
      { a: 1, b: 'y' },
      { a: 2, b: 'x' },
      { a: 2, b: 'y' },
    ])
  })

  it('has as many cases as the product of the axes, all different', () => {
    for (const sizes of [[3], [2, 5], [4, 1, 3], [2, 2, 2, 2, 2]]) {
      const matrix = Object.fromEntries(
        sizes.map((size, axis) => [`axis${axis}`, Array.from({ length: size }, (_, value) => value)]),
      )
      const { cases } = expand(matrix)
      expect(cases).toHaveLength(sizes.reduce((product, size) => product * size, 1))
      expect(new Set(cases.map((values) => JSON.stringify(values))).size).toBe(cases.length)
    }
  })

  it('leaves excluded cases out', () => {
    const matrix = { instances: [1, 4], batch: [1, 8] }
    expect(expand(matrix, [{ instances: 4, batch: 8 }]).cases).toHaveLength(3)
    expect(expand(matrix, [{ instances: 4 }, { batch: 8 }]).cases).toEqual([{ instances: 1, batch: 1 }])
    expect(
      expand(matrix, ({ instances, batch }: { instances: number; batch: number }) => batch < instances).cases,
    ).toHaveLength(3)
  })

  it('restricts an axis to chosen values, or adds one that it lacks', () => {
    const matrix = { batch: [1, 8], precision: ['fp16', 'fp32'], cached: [true] }
    expect(expand(matrix, undefined, { batch: ['8'] }).cases).toEqual([
      { batch: 8, precision: 'fp16', cached: true },
      { batch: 8, precision: 'fp32', cached: true },
    ])
    expect(
      expand(matrix, undefined, { batch: ['3', '8'], precision: ['int8'], cached: ['false'] }).cases,
    ).toEqual([
      { batch: 3, precision: 'int8', cached: false },
      { batch: 8, precision: 'int8', cached: false },
    ])
  })

  it.each([
    [
      'axes that are no object',
      [1, 2],
      undefined,
      'matrix',
      'expected axes such as { batch: [1, 8] }, not a list',
    ],
    ['an axis that is no list', { batch: 1 }, undefined, 'matrix.batch', 'expected a list of values, not 1'],
    ['an axis without values', { batch: [] }, undefined, 'matrix.batch', 'no values'],
    ['an object for a value', { batch: [{}] }, undefined, 'matrix.batch.0', 'not an object'],
    ['a value that is no number', { batch: [Number.NaN] }, undefined, 'matrix.batch.0', 'not NaN'],
    ['a value twice', { batch: [1, 1] }, undefined, 'matrix.batch.1', "both called 'batch=1'"],
    ['values of the same name', { batch: [1, '1'] }, undefined, 'matrix.batch.1', "both called 'batch=1'"],
    ['an axis with a number for a name', { 1: ['a'] }, undefined, 'matrix.1', 'must not be a number'],
    ['an unknown axis', { batch: [1] }, [{ batsch: 1 }], 'exclude.0.batsch', 'no such axis'],
    [
      'an unknown value',
      { batch: [1] },
      [{ batch: 3 }],
      'exclude.0.batch',
      '3 is not a value of the axis: 1',
    ],
    ['nothing to compare', { batch: [1, 2] }, [{}], 'exclude.0', 'would exclude every case'],
    ['everything', { batch: [1] }, [{ batch: 1 }], 'exclude', 'all cases are excluded'],
    ['a word', { batch: [1] }, 'batch=1', 'exclude', 'expected a list of cases or a function'],
    [
      'a function that throws',
      { batch: [1] },
      () => {
        throw new Error('oops')
      },
      'exclude',
      'the function threw: oops',
    ],
  ])('refuses %s', (_what, matrix, exclude, path, message) => {
    expect(expand(matrix, exclude).errors).toContainEqual(
      expect.objectContaining({ path, message: expect.stringContaining(message) }),
    )
  })

  it('refuses a text that is unlike the values of the axis', () => {
    expect(expand({ batch: [1, 8] }, undefined, { batch: ['many'] }).errors).toMatchObject([
      { path: 'matrix.batch', message: expect.stringContaining("'many' from --set") },
    ])
    expect(expand({ cached: [true] }, undefined, { cached: ['yes'] }).errors).toHaveLength(1)
  })

  it('refuses a matrix beyond any patience', () => {
    const axis = Array.from({ length: 1000 }, (_, value) => value)
    expect(expand({ a: axis, b: axis }).errors).toMatchObject([
      { path: 'matrix', message: expect.stringContaining('1000000 cases') },
    ])
  })
})
