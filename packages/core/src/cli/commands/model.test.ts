import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { mlp } from '../../../test/support/architectures.ts'
import { temporaryProject } from '../../../test/support/project.ts'
import { modelCommand, type ModelValues } from './model.ts'

const project = temporaryProject()
afterAll(() => project[Symbol.dispose]())
const file = project.path('mlp.onnx')
writeFileSync(file, mlp([10, 20, 5]))

afterEach(() => vi.restoreAllMocks())

function run(values: ModelValues): string {
  let output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text)
    return true
  })
  expect(modelCommand(file, values)).toBe(0)
  return output
}

describe('modelCommand', () => {
  it('prints JSON with the whole of it, layers when asked', () => {
    const plain = JSON.parse(run({ json: true, batch: '3' })) as Record<string, unknown>
    expect(plain).toMatchObject({
      file,
      format: 'onnx',
      batch: 3,
      macs: 3 * (200 + 100),
      parameters: 220 + 105,
    })
    expect(plain['layers']).toBeUndefined()
    expect(JSON.parse(run({ json: true, layers: true }))).toMatchObject({ layers: [{}, {}, {}] })
  })

  it('says what a device allows', () => {
    expect(run({ device: 'NVIDIA H200 SXM' })).toContain('on NVIDIA H200 SXM: bound by memory bandwidth')
    expect(run({ device: 'Tesla T4' })).toContain('on Tesla T4 (as NVIDIA T4)')
  })

  it.each<[ModelValues, string]>([
    [{ batch: '0' }, "--batch has the size '0'"],
    [{ batch: '2.5' }, 'which is no whole number'],
    [{ dim: ['seq'] }, "--dim 'seq' is no size"],
    [{ dim: ['seq=x'] }, "--dim has the size 'x'"],
    [{ device: 'abacus' }, "has no device 'abacus'"],
    [{ peaks: project.path('none.json') }, 'cannot be read'],
  ])('refuses %j', (values, message) => {
    expect(() => modelCommand(file, values)).toThrow(message)
  })
})
