import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { missingGpu } from './missing-gpu.ts'

it('says that there is none unless the bus lists one', () => {
  const root = mkdtempSync(join(tmpdir(), 'machine-'))
  try {
    expect(missingGpu(root)).toBe('this machine has no GPU')
    const device = join(root, 'sys/bus/pci/devices/0000:01:00.0')
    mkdirSync(device, { recursive: true })
    writeFileSync(join(device, 'vendor'), '0x10de\n')
    writeFileSync(join(device, 'class'), '0x020000\n')
    expect(missingGpu(root)).toBe('this machine has no GPU')
    writeFileSync(join(device, 'class'), '0x030200\n')
    expect(missingGpu(root)).toBe(false)
  } finally {
    rmSync(root, { recursive: true })
  }
})
