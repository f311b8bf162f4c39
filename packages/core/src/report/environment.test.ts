import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, tmpdir, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { findAccelerators } from './accelerators.ts'
import { readCgroupLimits } from './cgroup.ts'
import { countPhysicalCores } from './cpu-topology.ts'
import { captureEnvironment } from './environment.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'servebench-test-'))
})
afterEach(() => rmSync(root, { recursive: true }))

function files(contents: Readonly<Record<string, string>>): void {
  for (const [path, content] of Object.entries(contents)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  }
}

describe('captureEnvironment', () => {
  it('describes the machine that it runs on', () => {
    const environment = captureEnvironment()
    expect(environment).toMatchObject({
      os: { platform: process.platform, arch: process.arch },
      cpu: { cores: cpus().length },
      memory: { total: totalmem() },
      node: process.version,
      servers: {},
    })
    expect(environment.cpu.model).not.toBe('')
    expect(JSON.parse(JSON.stringify(environment))).toEqual(environment)
  })

  it('manages on a system without any of the files', () => {
    expect(captureEnvironment({ root, variables: {} })).toMatchObject({
      os: { container: null },
      cpu: { physicalCores: null, governor: null },
      memory: { limit: null },
      accelerators: [],
    })
  })

  it.each([
    ['docker', { '.dockerenv': '' }, {}],
    ['podman', { 'run/.containerenv': '' }, {}],
    ['kubernetes', { '.dockerenv': '' }, { KUBERNETES_SERVICE_HOST: '10.0.0.1' }],
    ['kubernetes', { 'proc/1/cgroup': '12:cpu:/kubepods/besteffort/pod1\n' }, {}],
    ['docker', { 'proc/1/cgroup': '4:memory:/docker/0123abcd\n' }, {}],
    ['systemd-nspawn', { 'run/systemd/container': 'systemd-nspawn\n' }, {}],
    ['lxc', {}, { container: 'lxc' }],
    ['wsl', { 'proc/version': 'Linux version 5.15.0-microsoft-standard-WSL2\n' }, {}],
  ])('recognises %s', (kind, contents, variables) => {
    files(contents)
    expect(captureEnvironment({ root, variables }).os.container).toBe(kind)
  })

  it('reads governor, highest frequency and limits', () => {
    files({
      'sys/devices/system/cpu/cpu0/cpufreq/scaling_governor': 'powersave\n',
      'sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq': '4700000\n',
      'proc/self/cgroup': '0::/\n',
      'sys/fs/cgroup/cpu.max': '50000 100000\n',
      'sys/fs/cgroup/memory.max': '1048576\n',
    })
    const { cpu, memory } = captureEnvironment({ root, variables: {} })
    expect(cpu).toMatchObject({ governor: 'powersave', mhz: 4700, limit: 0.5 })
    expect(memory.limit).toBe(1_048_576)
  })
})

describe('readCgroupLimits', () => {
  it('takes the tightest limit on the way up, version 2', () => {
    files({
      'proc/self/cgroup': '0::/system.slice/bench.service\n',
      'sys/fs/cgroup/system.slice/bench.service/cpu.max': 'max 100000\n',
      'sys/fs/cgroup/system.slice/bench.service/memory.max': '2147483648\n',
      'sys/fs/cgroup/system.slice/cpu.max': '150000 100000\n',
      'sys/fs/cgroup/system.slice/memory.max': 'max\n',
    })
    expect(readCgroupLimits(root)).toEqual({ cpu: 1.5, memory: 2_147_483_648 })
  })

  it('reads version 1, where no limit is a huge number or −1', () => {
    files({
      'proc/self/cgroup': '4:cpu,cpuacct:/docker/abc\n9:memory:/docker/abc\n1:name=systemd:/\n',
      'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '250000\n',
      'sys/fs/cgroup/cpu/cpu.cfs_period_us': '100000\n',
      'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    })
    expect(readCgroupLimits(root)).toEqual({ cpu: 2.5, memory: null })
    files({ 'sys/fs/cgroup/cpu/cpu.cfs_quota_us': '-1\n' })
    expect(readCgroupLimits(root)).toEqual({ cpu: null, memory: null })
  })

  it('knows nothing without control groups', () => {
    expect(readCgroupLimits(root)).toEqual({ cpu: null, memory: null })
  })
})

describe('countPhysicalCores', () => {
  it('counts sets of siblings', () => {
    for (const [index, siblings] of ['0,4', '1,5', '2,6', '3,7', '0,4', '1,5', '2,6', '3,7'].entries()) {
      files({ [`sys/devices/system/cpu/cpu${index}/topology/core_cpus_list`]: `${siblings}\n` })
    }
    files({ 'sys/devices/system/cpu/cpufreq/policy0': '', 'sys/devices/system/cpu/cpu8/online': '0\n' })
    expect(countPhysicalCores(root)).toBe(4)
  })

  it('knows the older name of the file', () => {
    files({ 'sys/devices/system/cpu/cpu0/topology/thread_siblings_list': '0\n' })
    expect(countPhysicalCores(root)).toBe(1)
  })
})

describe('findAccelerators', () => {
  const pci = 'sys/bus/pci/devices'

  it('names NVIDIA devices as their driver does', () => {
    files({
      [`${pci}/0000:17:00.0/class`]: '0x030200\n',
      [`${pci}/0000:17:00.0/vendor`]: '0x10de\n',
      [`${pci}/0000:17:00.0/device`]: '0x2335\n',
      'proc/driver/nvidia/gpus/0000:17:00.0/information': 'Model: \t\t NVIDIA H200\nIRQ:   \t\t 42\n',
      'proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.15  Release Build\n',
    })
    expect(findAccelerators(root)).toEqual([{ name: 'NVIDIA H200', memory: null, driver: '550.54.15' }])
    files({
      'proc/driver/nvidia/version':
        'NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.104.05  Sat Aug 19\n',
    })
    expect(findAccelerators(root)[0]?.driver).toBe('535.104.05')
  })

  it('knows the memory of AMD devices, and falls back on PCI numbers', () => {
    files({
      [`${pci}/0000:03:00.0/class`]: '0x038000\n',
      [`${pci}/0000:03:00.0/vendor`]: '0x1002\n',
      [`${pci}/0000:04:00.0/class`]: '0x120000\n',
      [`${pci}/0000:04:00.0/vendor`]: '0x1002\n',
      [`${pci}/0000:04:00.0/device`]: '0x74a1\n',
      [`${pci}/0000:04:00.0/mem_info_vram_total`]: '206141652992\n',
      'sys/module/amdgpu/version': '6.7.0\n',
      [`${pci}/0000:05:00.0/class`]: '0x120000\n',
      [`${pci}/0000:05:00.0/vendor`]: '0xabcd\n',
      [`${pci}/0000:05:00.0/device`]: '0x0001\n',
    })
    expect(findAccelerators(root)).toEqual([
      { name: 'AMD (PCI 1002:74a1)', memory: 206_141_652_992, driver: '6.7.0' },
      { name: 'PCI abcd:0001', memory: null, driver: null },
    ])
  })

  it('does not take the display of a virtual machine, a disk or a network card for an accelerator', () => {
    files({
      [`${pci}/0000:00:02.0/class`]: '0x030000\n',
      [`${pci}/0000:00:02.0/vendor`]: '0x1234\n',
      [`${pci}/0000:00:03.0/class`]: '0x020000\n',
      [`${pci}/0000:00:03.0/vendor`]: '0x8086\n',
      [`${pci}/0000:00:04.0/class`]: '0x010802\n',
      [`${pci}/0000:00:04.0/vendor`]: '0x144d\n',
    })
    expect(findAccelerators(root)).toEqual([])
  })
})
