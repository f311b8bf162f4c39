import { describe, expect, it } from 'vitest'
import { applyPatches } from '../../engine/patch.ts'
import type { PatchPoint } from '../../engine/session.ts'
import { fieldReader, type FieldSource } from './field.ts'
import type { Field } from './program.ts'

function source(body: Buffer | string, headers: Record<string, string> = {}): FieldSource {
  const bytes = Buffer.from(body)
  return { body: bytes, header: (name) => headers[name], json: () => JSON.parse(bytes.toString()) as unknown }
}

describe('fieldReader', () => {
  it('reads headers, whatever case the program uses', () => {
    expect(fieldReader({ header: 'X-Unit' })(source('', { 'x-unit': ' 12 ' }))).toBe(12)
    expect(fieldReader({ header: 'x-unit' })(source(''))).toBeNaN()
  })

  it.each([
    ['{"a":5}', 5],
    ['{"a":"7"}', 7],
    ['{"a":true}', 1],
    ['{"a":false}', 0],
    ['{"a":null}', NaN],
    ['{"b":5}', NaN],
    ['[5]', NaN],
    ['null', NaN],
  ])('reads members of JSON: %s', (json, value) => {
    expect(fieldReader({ json: 'a' })(source(json))).toBe(value)
  })

  it.each<[PatchPoint['field'], PatchPoint['encoding'], number]>([
    ['unit', 'decimal', 12],
    ['unit', 'hex', 12],
    ['unit', 'u64le', 8],
    ['unit', 'varint', 10],
    ['sequence', 'varint', 10],
    ['start', 'bool', 5],
    ['end', 'byte', 1],
  ])('reads what the engine patches in: %s as %s', (field, encoding, length) => {
    const patch = { unit: 2 ** 33 + 12, saltLow: 0, saltHigh: 0, sequence: 300, start: true, end: false }
    const body = Buffer.alloc(40, 0x7e)
    applyPatches(body, 0, [{ offset: 3, length, field, encoding }], patch)
    expect(fieldReader({ offset: 3, encoding, length })(source(body))).toBe(
      Number(patch[field as keyof typeof patch]),
    )
  })

  it.each<Field>([
    { offset: 3, encoding: 'decimal', length: 4 },
    { offset: 3, encoding: 'hex', length: 4 },
    { offset: 3, encoding: 'u64le' },
    { offset: 3, encoding: 'varint' },
    { offset: 3, encoding: 'byte' },
    { offset: 3, encoding: 'bool' },
  ])('finds nothing behind the end: %j', (field) => {
    expect(fieldReader(field)(source('ab'))).toBeNaN()
  })
})
