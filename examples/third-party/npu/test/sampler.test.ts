import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkEnergySource, checkSampler, connectSampler } from 'servebench/testing'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { npuSampler, plugin } from '../src/index.ts'

/** What its driver counts: microjoules, a share, bytes. */
const device = { energy: 0, busy: 0.5, memory: 2e9 }
let folder: string
const counters = (): string => join(folder, 'counters')
const write = (): void => writeFileSync(counters(), `${device.energy} ${device.busy} ${device.memory}\n`)
const work = (): void => {
  device.energy += 200_000
  write()
}
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'npu-'))
  write()
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

it('keeps the contract of samplers', async () => {
  const { skipped } = await checkSampler(await connectSampler(plugin, npuSampler({ counters: counters() })), {
    accept: ([, second = {}]) => second['npu0.utilization'] === 0.5,
    absent: await connectSampler(plugin, npuSampler({ counters: join(folder, 'none') })),
    lose: () => rmSync(counters()),
  })
  expect(skipped).toEqual([])
})

it('adds up to what the device has used', async () => {
  const { skipped } = await checkEnergySource(
    await connectSampler(plugin, npuSampler({ counters: counters() })),
    { advance: work, energy: () => device.energy / 1e6 },
  )
  expect(skipped).toEqual([])
})
