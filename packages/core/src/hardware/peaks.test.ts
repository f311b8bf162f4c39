import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { matchDevice, peakFor, type FoundDevice } from './match-device.ts'
import { loadPeaks, parsePeaks } from './peaks.ts'

const folder = mkdtempSync(join(tmpdir(), 'servebench-peaks-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const peaks = loadPeaks()
const gpu = (name: string): FoundDevice => ({ name, kind: 'gpu', cores: null })
const nameOf = (device: FoundDevice) => matchDevice(peaks, device)?.entry.name ?? null

describe('matchDevice', () => {
  it.each([
    ['Tesla T4', 'NVIDIA T4'],
    ['NVIDIA A100-SXM4-80GB', 'NVIDIA A100 80GB SXM'],
    ['NVIDIA A100 80GB PCIe', 'NVIDIA A100 80GB PCIe'],
    ['NVIDIA A100-PCIE-40GB', 'NVIDIA A100 40GB PCIe'],
    ['NVIDIA H100 80GB HBM3', 'NVIDIA H100 SXM'],
    ['NVIDIA H100 PCIe', 'NVIDIA H100 PCIe'],
    ['NVIDIA H200', 'NVIDIA H200 SXM'],
    ['NVIDIA L40S', 'NVIDIA L40S'],
    ['NVIDIA GeForce RTX 3090', 'NVIDIA GeForce RTX 3090'],
    ['AMD Instinct MI300X', 'AMD Instinct MI300X'],
  ])('knows %s', (name, entry) => {
    expect(nameOf(gpu(name))).toBe(entry)
  })

  it.each([
    'NVIDIA A10G',
    'NVIDIA GeForce RTX 3090 Ti',
    'NVIDIA A100-SXM4-40GB MIG 1g.5gb',
    'NVIDIA H200 NVL',
    'NVIDIA (PCI 10de:1234)',
    '',
  ])('does not take %j for something else', (name) => {
    expect(nameOf(gpu(name))).toBeNull()
  })

  it('gives a CPU the share of its cores', () => {
    const xeon = { name: 'Intel(R) Xeon(R) Platinum 8259CL CPU @ 2.50GHz', kind: 'cpu' as const }
    const full = matchDevice(peaks, { ...xeon, cores: null })
    const some = matchDevice(peaks, { ...xeon, cores: 6 })
    expect(full?.peaks[0]?.dense).toBeCloseTo(24 * 64 * 2.5e9, -9)
    expect(some?.peaks[0]?.dense).toBeCloseTo(6 * 64 * 2.5e9, -9)
    expect(matchDevice(peaks, { ...xeon, kind: 'gpu', cores: null })).toBeNull()
  })
})

describe('peakFor', () => {
  it('prefers matrix units, the usual way to sum up, and falls back to what there is', () => {
    const turing = matchDevice(peaks, gpu('NVIDIA GeForce RTX 2080 Ti'))
    expect(turing && peakFor(turing, 'FP16')).toMatchObject({ dense: 53.8e12, accumulate: 'FP32' })
    expect(turing && peakFor(turing, 'BF16')).toMatchObject({ type: 'FP32' })
    expect(turing && peakFor(turing, 'UINT8')).toMatchObject({ type: 'INT8' })
    expect(turing && peakFor(turing, 'COMPLEX64')).toBeNull()
  })
})

describe('the peaks that come along', () => {
  it('keep sparse ones apart, at most twice the dense ones', () => {
    for (const device of peaks.devices)
      for (const { dense, sparse } of device.peaks)
        expect(sparse ?? dense, device.name).toBeLessThanOrEqual(2 * dense)
  })

  it('are matched by their own names', () => {
    for (const { name, kind } of peaks.devices.filter(({ kind }) => kind !== 'cpu'))
      expect(nameOf({ name: name.replace('SXM', 'SXM4 SXM'), kind, cores: null }) ?? '', name).not.toBe('')
  })
})

describe('loadPeaks', () => {
  it('puts the devices of the user before the built-in ones', () => {
    const file = join(folder, 'mine.json')
    const device = { ...peaks.devices[5], name: 'mine', match: [['tesla', 't4']] }
    writeFileSync(file, JSON.stringify({ updated: '2026-01-01', devices: [device] }))
    const all = loadPeaks(file)
    expect(matchDevice(all, gpu('Tesla T4'))?.entry.name).toBe('mine')
    expect(all.devices).toHaveLength(peaks.devices.length + 1)
  })

  it('says all that is wrong with a file at once', () => {
    const device = {
      name: '',
      kind: 'toaster',
      match: [[]],
      peaks: [{ type: 'FP32', dense: -1 }],
      bandwidth: 0,
    }
    expect(() => parsePeaks(JSON.stringify({ updated: 'today', devices: [device, 7] }), 'x.json')).toThrow(
      /8 problems[^]*updated[^]*\.name[^]*\.source[^]*\.kind[^]*\.match[^]*\.bandwidth[^]*\.peaks\[0\][^]*devices\[1\]/,
    )
    expect(() => parsePeaks('{', 'x.json')).toThrow('is no JSON')
    expect(() => parsePeaks('[]', 'x.json')).toThrow('devices')
    expect(() => loadPeaks(join(folder, 'missing.json'))).toThrow('cannot be read')
  })
})
