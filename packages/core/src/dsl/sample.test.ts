import { expect, it } from 'vitest'
import { isSample } from './sample.ts'

it.each([
  [{ text: 'hello' }],
  [{ text: 'hello', label: 'short', items: 2 }],
  [{ tensors: {} }],
  [{ bytes: new Uint8Array(3), type: 'image/png' }],
  [{ json: null }],
])('takes %j for a sample', (value) => {
  expect(isSample(value)).toBe(true)
})

it.each([
  [null],
  ['text'],
  [{}],
  [{ label: 'x' }],
  [{ text: 'a', json: 1 }],
  [{ text: 'a', path: '/infer' }],
  [{ inputs: [] }],
  [[]],
])('takes %j for a request of the target', (value) => {
  expect(isSample(value)).toBe(false)
})
