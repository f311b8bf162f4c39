import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Environment } from './result.ts'
import { readText } from './text-file.ts'

type Accelerator = Environment['accelerators'][number]

const VENDORS: Readonly<Record<string, string>> = {
  '0x10de': 'NVIDIA',
  '0x1002': 'AMD',
  '0x8086': 'Intel',
  '0x1da3': 'Habana',
  '0x1d0f': 'AWS Neuron',
  '0x1ac1': 'Google TPU',
}

/**
 * Accelerators as the PCI bus lists them, with the names that their drivers publish in files. Nothing is started:
 * what only a vendor's library knows (memory of an NVIDIA device) is `null` here, and a sampler adds it.
 */
export function findAccelerators(root: string): readonly Accelerator[] {
  const folder = join(root, 'sys/bus/pci/devices')
  const found: Accelerator[] = []
  for (const address of list(folder)) {
    const device = join(folder, address)
    const vendor = readText(join(device, 'vendor')) ?? ''
    if (!isAccelerator(readText(join(device, 'class')) ?? '', vendor)) continue
    const maker = VENDORS[vendor]
    found.push({
      name: nameOf(root, address, device, maker, vendor),
      memory: Number(readText(join(device, 'mem_info_vram_total'))) || null,
      driver: driverOf(root, vendor),
    })
  }
  return found
}

/** Processing accelerators and 3D controllers of any vendor; display controllers only of those who compute with them. */
function isAccelerator(deviceClass: string, vendor: string): boolean {
  if (deviceClass.startsWith('0x1200')) return true
  if (deviceClass.startsWith('0x0302')) return vendor in VENDORS
  return deviceClass.startsWith('0x0300') && (vendor === '0x10de' || vendor === '0x1002')
}

function nameOf(
  root: string,
  address: string,
  device: string,
  maker: string | undefined,
  vendor: string,
): string {
  const information = readText(join(root, 'proc/driver/nvidia/gpus', address, 'information'))
  const model = /^Model:\s*(.+)$/m.exec(information ?? '')?.[1]?.trim()
  if (model) return model
  const product = readText(join(device, 'product_name'))
  if (product) return product
  const id = `PCI ${vendor.slice(2)}:${(readText(join(device, 'device')) ?? '').slice(2)}`
  return maker === undefined ? id : `${maker} (${id})`
}

function driverOf(root: string, vendor: string): string | null {
  if (vendor === '0x10de') {
    const text = readText(join(root, 'proc/driver/nvidia/version')) ?? ''
    return /Kernel Module\s+(?:for \S+\s+)?([\d.]+)/.exec(text)?.[1] ?? null
  }
  return vendor === '0x1002' ? readText(join(root, 'sys/module/amdgpu/version')) : null
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}
