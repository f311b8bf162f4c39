import { totalmem } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { LinuxMachine, PortableMachine } from './machine.ts'

describe('a Linux machine', () => {
  let proc: TemporaryProject
  beforeEach(() => {
    proc = temporaryProject({
      stat: 'cpu  10 20 30 400 50 6 7 80 9 0\ncpu0 10 20 30 400 50 6 7 80 9 0\nintr 1 2 3\n',
      meminfo:
        'MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     600 kB\nHugePages_Total:   0\n',
      'net/dev': [
        'Inter-|   Receive                                                |  Transmit',
        ' face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed',
        '    lo: 5000       1    0    0    0     0          0         0     5000       1    0    0    0     0       0          0',
        '  eth0:1000        1    0    0    0     0          0         0      200       1    0    0    0     0       0          0',
        '  eth1:  30        1    0    0    0     0          0         0        4       1    0    0    0     0       0          0',
        '',
      ].join('\n'),
    })
  })
  afterEach(() => proc[Symbol.dispose]())

  it('is busy with user, nice, system and interrupts: neither with waiting nor with what others took', () => {
    const machine = new LinuxMachine(false, proc.root)
    machine.refresh()
    expect([machine.busy, machine.total]).toEqual([73, 603])
  })

  it('has used what is not available', () => {
    const machine = new LinuxMachine(false, proc.root)
    machine.refresh()
    expect([machine.memoryUsed, machine.memoryAvailable]).toEqual([400 * 1024, 600 * 1024])
    expect(machine.received).toBeNaN()
  })

  it('keeps the loopback interface apart', () => {
    const machine = new LinuxMachine(true, proc.root)
    machine.refresh()
    expect([machine.received, machine.sent, machine.loopback]).toEqual([1030, 204, 5000])
  })

  it('knows nothing where there are no such files', () => {
    const machine = new LinuxMachine(true, proc.path('nowhere'))
    machine.refresh()
    const { busy, total, memoryUsed, memoryAvailable, received, sent, loopback } = machine
    expect([busy, total, memoryUsed, memoryAvailable, received, sent, loopback]).toEqual(
      Array.from({ length: 7 }, () => NaN),
    )
  })

  it('reads files that are longer than usual', () => {
    const cores = Array.from({ length: 500 }, (_, core) => `cpu${core} 1 2 3 4 5 6 7 8 9 0\n`).join('')
    proc.write({ stat: `cpu  10 20 30 400 50 6 7 80 9 0\n${cores}` })
    const machine = new LinuxMachine(false, proc.root)
    machine.refresh()
    expect(machine.total).toBe(603)
  })
})

it('a machine of another kind tells CPU and memory as Node knows them', () => {
  const machine = new PortableMachine()
  machine.refresh()
  const { busy, total } = machine
  expect(busy).toBeGreaterThan(0)
  expect(total).toBeGreaterThanOrEqual(busy)
  expect(machine.memoryUsed + machine.memoryAvailable).toBe(totalmem())
  const end = Date.now() + 100
  while (Date.now() < end);
  machine.refresh()
  expect(machine.busy).toBeGreaterThan(busy)
  expect(machine.total - total).toBeGreaterThanOrEqual(machine.busy - busy)
})
