import { afterAll, afterEach, expect, it, vi } from 'vitest'
import { temporaryProject } from '../../../test/support/project.ts'
import type { DevicePeaks } from '../../hardware/peaks.ts'
import { peaksCommand } from './peaks.ts'

const ENTRY: DevicePeaks = {
  name: 'NPU 1',
  kind: 'accelerator',
  match: [['npu']],
  peaks: [{ type: 'FP16', unit: 'tensor', dense: 1e13 }],
  bandwidth: 1e11,
  source: 'its data sheet',
}
const project = temporaryProject({
  'peaks.config.mjs': `export default { plugins: ['./npu.mjs'] }`,
  'npu.mjs': `export const plugin = { name: 'npu', apiVersion: 1, apply({ hooks }) {
    hooks.peaks.tapPromise('npu', async (devices) => void devices.push(${JSON.stringify(ENTRY)}))
  } }`,
  'wrong.config.mjs': `export default { plugins: ['./wrong.mjs'] }`,
  'wrong.mjs': `export const plugin = { name: 'wrong', apiVersion: 1, apply({ hooks }) {
    hooks.peaks.tapPromise('wrong', async (devices) => void devices.push({ name: 'x' }))
  } }`,
})
afterAll(() => project[Symbol.dispose]())
afterEach(() => vi.restoreAllMocks())

async function run(values: Parameters<typeof peaksCommand>[0]): Promise<string> {
  let output = ''
  vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
    output += String(text)
    return true
  })
  expect(await peaksCommand(values)).toBe(0)
  return output
}

it('shows the devices of the plugins that the configuration names', async () => {
  const config = project.path('peaks.config.mjs')
  expect(await run({ config })).toMatch(
    /known by plugins\n {2}NPU 1: FP16 10\.0 TFLOP\/s \(tensor\); 100 GB\/s\n {2}its data sheet\n$/,
  )
  expect(JSON.parse(await run({ config, json: true }))).toMatchObject({ added: [ENTRY] })
  expect(await run({ config, all: true })).toMatch(/\nNPU 1 /)
  expect(await run({ config, all: true })).not.toContain('known by plugins')
  expect(await run({ config: false })).not.toContain('NPU 1')
})

it('refuses what a plugin adds that is no device', async () => {
  await expect(peaksCommand({ config: project.path('wrong.config.mjs') })).rejects.toThrow(
    /Peaks that plugins have added has .* problems/,
  )
})
