import { describe, expect, it } from 'vitest'
import { Problems } from '../dsl/problems.ts'
import { readVersus } from './versus.ts'

const MATRIX = { protocol: ['http', 'grpc'], batch: [1, 8] }
const AT = { protocol: 'http', batch: 1 }
const read = (value: unknown, matrix: unknown = MATRIX): readonly string[] => {
  const problems = new Problems()
  readVersus(problems, value, AT, matrix)
  return problems.errors.map(({ path, message }) => `${path}: ${message}`)
}

describe('readVersus', () => {
  it('takes values of axes', () => {
    const problems = new Problems()
    const versus = { case: { protocol: 'http' }, against: { protocol: 'grpc' } }
    expect(readVersus(problems, versus, AT, MATRIX)).toEqual(versus)
    expect(readVersus(problems, { against: versus.against }, AT, MATRIX)).toEqual({ against: versus.against })
    expect(readVersus(problems, undefined, AT, MATRIX)).toBeUndefined()
    expect(problems.errors).toEqual([])
  })

  it.each([
    ['no object', 5, 'versus: '],
    ['another member', { case: { batch: 1 }, against: { batch: 8 }, with: 1 }, 'versus.with: '],
    ['one side', { case: { batch: 1 } }, 'versus.against: expected values of axes'],
    ['nothing', { case: {}, against: { batch: 8 } }, 'versus.case: expected values of axes'],
    ['an axis that there is not', { case: { batch: 1 }, against: { size: 8 } }, 'versus.against.size: '],
    [
      'a value that there is not',
      { case: { batch: 2 }, against: { batch: 8 } },
      'versus.case.batch: the axis has no value 2',
    ],
    ['a case against itself', { case: AT, against: { batch: 1 } }, 'versus.against: is the same case'],
  ])('refuses %s', (_, value, message) => {
    expect(read(value).join('\n')).toContain(message)
  })
})
