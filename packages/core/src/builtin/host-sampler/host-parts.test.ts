import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { BatteryPart, findBattery } from './battery-part.ts'
import { CgroupPart, cgroupOf } from './cgroup-part.ts'
import { DiskPart } from './disk-part.ts'
import type { HostPart } from './host-part.ts'
import { PressurePart } from './pressure-part.ts'
import { SchedulingPart } from './scheduling-part.ts'
import { ThermalPart } from './thermal-part.ts'
import { ThreadSwitches } from './thread-switches.ts'

let files: TemporaryProject
beforeEach(() => {
  files = temporaryProject()
})
afterEach(() => files[Symbol.dispose]())

function read(part: HostPart, seconds: number): Record<string, number> {
  const into = new Float64Array(part.gauges.length).fill(NaN)
  part.read(into, seconds)
  return Object.fromEntries(part.gauges.map(({ name }, index) => [name, into[index] as number]))
}

describe('disks', () => {
  const line = (name: string, read: number, written: number, busy: number): string =>
    `   8       0 ${name} 10 0 ${read} 5 20 0 ${written} 9 0 ${busy} 14 0 0 0 0\n`

  it('count whole ones once: neither their partitions nor what is made of them', () => {
    files.write({ 'sys/block/sda/size': '', 'sys/block/nvme0n1/size': '', 'sys/block/dm-0/size': '' })
    const show = (sectors: number, busy: number): unknown =>
      files.write({
        'proc/diskstats': [
          line('sda', sectors, 2 * sectors, busy),
          line('sda1', sectors, 2 * sectors, busy),
          line('nvme0n1', 0, 0, 2 * busy),
          line('dm-0', sectors, sectors, busy),
          line('loop0', sectors, sectors, busy),
        ].join(''),
      })
    const part = new DiskPart(files.path('proc'), files.path('sys'))
    show(1000, 100)
    expect(Object.values(read(part, NaN))).toEqual([NaN, NaN, NaN])
    show(3000, 200)
    expect(read(part, 0.5)).toEqual({
      'host.disk.read': (2000 * 512) / 0.5,
      'host.disk.written': (4000 * 512) / 0.5,
      'host.disk.busy': 0.4,
    })
    // The kernel counts in steps: never more than all of the time.
    show(3000, 900)
    expect(read(part, 0.5)['host.disk.busy']).toBe(1)
  })

  it('are unknown where the kernel does not tell', () => {
    const part = new DiskPart(files.path('proc'), files.path('sys'))
    read(part, NaN)
    expect(Object.values(read(part, 1))).toEqual([NaN, NaN, NaN])
  })
})

it('the scheduler tells switches and threads that could run', () => {
  const part = new SchedulingPart(files.root)
  files.write({ stat: 'cpu  1 2\nctxt 1000\nbtime 5\nprocs_running 3\nprocs_blocked 1\n' })
  expect(read(part, NaN)).toEqual({ 'host.contextSwitches': NaN, 'host.threads.runnable': 3 })
  files.write({ stat: 'cpu  1 2\nctxt 1500\nbtime 5\nprocs_running 7\nprocs_blocked 1\n' })
  expect(read(part, 0.25)).toEqual({ 'host.contextSwitches': 2000, 'host.threads.runnable': 7 })
})

it('pressure is the share of the time that threads waited', () => {
  const show = (some: number, full: number): unknown =>
    files.write({
      cpu: `some avg10=0.00 avg60=0.00 avg300=0.00 total=${some}\n`,
      io: `some avg10=1.53 avg60=0.87 avg300=0.61 total=${some}\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=${full}\n`,
    })
  const part = new PressurePart({ 'p.cpu': files.path('cpu'), 'p.io': files.path('io') })
  show(1_000_000, 10)
  read(part, NaN)
  show(1_250_000, 100_010)
  expect(read(part, 0.5)).toEqual({ 'p.cpu': 0.5, 'p.io': 0.5, 'p.io.full': 0.2 })
  show(9_000_000, 100_010)
  expect(read(part, 0.5)).toEqual({ 'p.cpu': 1, 'p.io': 1, 'p.io.full': 0 })
})

describe('a control group', () => {
  it('tells its use, and how often it was held back', () => {
    files.write({ 'proc/7/cgroup': '1:name=systemd:/old\n0::/pods/a\n', 'cg/pods/a/cpu.stat': '' })
    const folder = cgroupOf(7, files.path('proc'), files.path('cg')) as string
    expect(folder).toBe(files.path('cg/pods/a'))
    const show = (usage: number, periods: number, throttled: number): unknown =>
      files.write({
        'cg/pods/a/cpu.stat': `usage_usec ${usage}\nuser_usec 1\nnr_periods ${periods}\nnr_throttled ${throttled}\nthrottled_usec 5\n`,
        'cg/pods/a/memory.current': '4096\n',
      })
    const part = new CgroupPart(folder)
    show(1_000_000, 10, 0)
    expect(read(part, NaN)['server.cgroup.cpu.cores']).toBeNaN()
    show(2_500_000, 20, 4)
    expect(read(part, 1)).toEqual({
      'server.cgroup.cpu.cores': 1.5,
      'server.cgroup.cpu.throttled': 0.4,
      'server.cgroup.memory.used': 4096,
      'server.cgroup.memory.peak': NaN,
    })
    show(2_500_000, 20, 4)
    expect(read(part, 1)['server.cgroup.cpu.throttled']).toBe(0)
  })

  it('of version 1, or of a process that is not there, is none', () => {
    files.write({ 'proc/7/cgroup': '4:memory:/a\n3:cpu,cpuacct:/a\n' })
    expect(cgroupOf(7, files.path('proc'), files.path('cg'))).toBeNull()
    expect(cgroupOf(8, files.path('proc'), files.path('cg'))).toBeNull()
  })
})

it('threads that come and go are counted from when they began', () => {
  const show = (tid: number, voluntary: number, involuntary: number): unknown =>
    files.write({
      [`5/task/${tid}/status`]: `Name:\tx\nThreads:\t2\nvoluntary_ctxt_switches:\t${voluntary}\nnonvoluntary_ctxt_switches:\t${involuntary}\n`,
    })
  const switches = new ThreadSwitches(files.root)
  show(5, 100, 10)
  switches.refresh([5, 6])
  expect([switches.threads, switches.voluntary, switches.involuntary]).toEqual([1, NaN, NaN])
  show(5, 130, 10)
  show(9, 7, 2)
  switches.refresh([5, 6])
  expect([switches.threads, switches.voluntary, switches.involuntary]).toEqual([2, 37, 2])
  // Another thread with the same number.
  show(9, 1, 0)
  switches.refresh([5])
  expect([switches.voluntary, switches.involuntary]).toEqual([0, 0])
})

describe('a battery', () => {
  function battery(values: Readonly<Record<string, string | number>>): BatteryPart {
    files.write({
      'class/power_supply/AC/type': 'Mains\n',
      'class/power_supply/hid-pen/type': 'Battery\n',
      'class/power_supply/hid-pen/scope': 'Device\n',
      'class/power_supply/BAT0/type': 'Battery\n',
      ...Object.fromEntries(
        Object.entries(values).map(([name, value]) => [`class/power_supply/BAT0/${name}`, `${value}\n`]),
      ),
    })
    return new BatteryPart(findBattery(files.root) as string)
  }

  it('tells energy, and power while it is used', () => {
    const part = battery({
      status: 'Discharging',
      capacity: 80,
      power_now: 12_500_000,
      energy_now: 40_000_000,
      energy_full: 50_000_000,
    })
    expect(read(part, 1)).toEqual({
      'battery.power': 12.5,
      'battery.charge': 0.8,
      'battery.energy': 144_000,
      'battery.capacity': 180_000,
    })
    battery({ status: 'Charging' })
    expect(read(part, 1)['battery.power']).toBeNaN()
  })

  it('that counts charge has energy at the voltage that it was made for', () => {
    const part = battery({
      status: 'Discharging',
      current_now: -2_000_000,
      voltage_now: 12_000_000,
      voltage_min_design: 10_000_000,
      charge_now: 1_000_000,
      charge_full: 4_000_000,
    })
    expect(read(part, 1)).toEqual({
      'battery.power': 24,
      'battery.charge': 0.25,
      'battery.energy': 36_000,
      'battery.capacity': 144_000,
    })
  })

  it('is not there on most servers', () => {
    files.write({ 'class/power_supply/AC/type': 'Mains\n' })
    expect(findBattery(files.root)).toBeNull()
    expect(findBattery(files.path('nowhere'))).toBeNull()
  })
})

it('temperatures have the names of their zones, and clocks their mean', () => {
  files.write({
    'class/thermal/thermal_zone0/type': 'acpitz\n',
    'class/thermal/thermal_zone0/temp': '27800\n',
    'class/thermal/thermal_zone1/type': 'x86 pkg temp\n',
    'class/thermal/thermal_zone1/temp': '61000\n',
    'class/thermal/thermal_zone2/type': 'acpitz\n',
    'class/thermal/thermal_zone2/temp': '-274000\n',
    'class/thermal/cooling_device0/type': 'Fan\n',
    'devices/system/cpu/cpu0/cpufreq/scaling_cur_freq': '3000000\n',
    'devices/system/cpu/cpu1/cpufreq/scaling_cur_freq': '1000000\n',
    'devices/system/cpu/cpufreq/boost': '1\n',
  })
  expect(read(new ThermalPart(files.root), 1)).toEqual({
    'temperature.acpitz': 27.8,
    'temperature.x86-pkg-temp': 61,
    'temperature.acpitz-2': NaN,
    'host.cpu.clock': 2e9,
  })
  expect(new ThermalPart(files.path('nowhere')).gauges).toEqual([])
})
