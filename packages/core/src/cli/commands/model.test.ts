import { writeFileSync } from 'node:fs'
import { afterAll, afterEach, describe, expect, it, vi } from 'vitest'
import { mlp } from '../../../test/support/architectures.ts'
import { temporaryProject } from '../../../test/support/project.ts'
import { modelCommand, type ModelValues } from './model.ts'

const project = temporaryProject()
afterAll(() => project[Symbol.dispose]())
const file = project.path('mlp.onnx')
writeFileSync(file, mlp([10, 20, 5]))

const ENTRY = {
  kind: 'gpu',
  match: [['abacus']],
  peaks: [{ type: 'FP32', unit: 'vector', dense: 1e15 }],
  bandwidth: 1e9,
  source: 'a test',
}

afterEach(() => vi.restoreAllMocks())

async function run(values: ModelValues): Promise<string> {
  let output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text)
    return true
  })
  expect(await modelCommand(file, { config: false, ...values })).toBe(0)
  return output
}

describe('modelCommand', () => {
  it('prints JSON with the whole of it, layers when asked', async () => {
    const plain = JSON.parse(await run({ json: true, batch: '3' })) as Record<string, unknown>
    expect(plain).toMatchObject({
      file,
      format: 'onnx',
      batch: 3,
      macs: 3 * (200 + 100),
      parameters: 220 + 105,
    })
    expect(plain['layers']).toBeUndefined()
    expect(JSON.parse(await run({ json: true, layers: true }))).toMatchObject({ layers: [{}, {}, {}] })
  })

  it('says what a device allows', async () => {
    expect(await run({ device: 'NVIDIA H200 SXM' })).toContain(
      'on NVIDIA H200 SXM: bound by memory bandwidth',
    )
    expect(await run({ device: 'Tesla T4' })).toContain('on Tesla T4 (as NVIDIA T4)')
  })

  it.each<[ModelValues, string]>([
    [{ batch: '0' }, "--batch has the size '0'"],
    [{ batch: '2.5' }, 'which is no whole number'],
    [{ dim: ['seq'] }, "--dim 'seq' is no size"],
    [{ dim: ['seq=x'] }, "--dim has the size 'x'"],
    [{ device: 'abacus' }, "has no device 'abacus'"],
    [{ peaks: project.path('none.json') }, 'cannot be read'],
  ])('refuses %j', async (values, message) => {
    await expect(modelCommand(file, { config: false, ...values })).rejects.toThrow(message)
  })

  it('knows the devices of the plugins that the configuration names, and of its file', async () => {
    project.write({
      'peaks.config.mjs': `export default { plugins: ['./npu.mjs'], peaks: 'own.json' }`,
      'npu.mjs': `export const plugin = { name: 'npu', apiVersion: 1, apply({ hooks }) {
        hooks.peaks.tapPromise('npu', async (devices) => void devices.push(${JSON.stringify({ ...ENTRY, kind: 'accelerator', name: 'NPU 1', match: [['npu']] })}))
      } }`,
      'own.json': JSON.stringify({ updated: '2026-11-22', devices: [{ ...ENTRY, name: 'Abacus' }] }),
      'other.json': JSON.stringify({
        updated: '2026-11-22',
        devices: [{ ...ENTRY, name: 'Quipu', match: [['quipu']] }],
      }),
    })
    const config = project.path('peaks.config.mjs')
    expect(await run({ config, device: 'npu 1' })).toContain('on NPU 1: bound by memory bandwidth')
    expect(await run({ config, device: 'Abacus' })).toContain('on Abacus')
    // A file that is named takes the place of the configuration's.
    const peaks = project.path('other.json')
    expect(await run({ config, peaks, device: 'Quipu' })).toContain('on Quipu')
    await expect(modelCommand(file, { config, peaks, device: 'Abacus' })).rejects.toThrow(
      "has no device 'Abacus'",
    )
  })
})
