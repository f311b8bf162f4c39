import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { HostWatch } from './host-watch.ts'
import { parentOf, readDescriptors, readMachine, readProcesses, startTimeOf, ticksOf } from './proc.ts'

let root: string
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'proc-'))
})
afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true })
  writeFileSync(join(root, path), text)
}

/** A line of /proc/PID/stat; the name may hold anything, also spaces and brackets. */
function writeProcess(
  pid: number,
  parent: number,
  group: number,
  ticks: readonly [number, number, number, number],
  name = 'a) (b c',
): void {
  const middle = '0 -1 4194304 100 0 0 0'
  write(
    `${pid}/stat`,
    `${pid} (${name}) S ${parent} ${group} ${group} ${middle.slice(0, 12)} 100 0 0 0 ${ticks.join(' ')} 20 0 1 0 ${pid}00 0 0`,
  )
}

describe('processes', () => {
  it('are read with their CPU time and that of their ended children', () => {
    writeProcess(10, 1, 10, [7, 3, 2, 1])
    write('not-a-process/stat', 'x')
    write('11/nothing', '')
    expect(readProcesses(root)).toEqual([{ pid: 10, parent: 1, group: 10, ticks: 13 }])
    expect(startTimeOf(10, root)).toBe('1000')
    expect(startTimeOf(11, root)).toBeNull()
    expect(parentOf(10, root)).toBe(1)
    expect(parentOf(11, root)).toBeNull()
    expect(readProcesses(join(root, 'nowhere'))).toEqual([])
  })

  it('are summed with their descendants and their groups, each once', () => {
    const row = (pid: number, parent: number, group: number, ticks: number) => ({ pid, parent, group, ticks })
    const rows = [
      row(1, 0, 1, 1000),
      row(10, 1, 10, 1),
      row(11, 10, 10, 2),
      row(12, 11, 12, 4),
      // Its parent has ended and init has adopted it, but the group is still that of 10.
      row(13, 1, 10, 8),
      row(20, 1, 20, 16),
      row(21, 20, 20, 32),
      row(30, 1, 30, 64),
    ]
    expect(ticksOf(rows, [10])).toBe(15)
    expect(ticksOf(rows, [20])).toBe(48)
    expect(ticksOf(rows, [10, 20])).toBe(63)
    // A member of a group is not its leader: the others of the group are not its doing.
    expect(ticksOf(rows, [21])).toBe(32)
    expect(ticksOf(rows, [99])).toBe(0)
    // What a server has started can be the tool itself, with all that it has started.
    expect(ticksOf(rows, [10], 11)).toBe(9)
    expect(ticksOf(rows, [10, 11], 11)).toBe(15)
  })
})

describe('the machine', () => {
  it('is busy with all but idling and waiting for disks', () => {
    // user nice system idle iowait irq softirq steal guest guest_nice
    write('stat', 'cpu  100 10 50 800 40 3 7 20 99 99\ncpu0 1 1 1 1 1 1 1 1\n')
    expect(readMachine(root)).toEqual({ total: 1030, busy: 190, steal: 20 })
    expect(readMachine(join(root, 'nowhere'))).toBeNull()
  })

  it('tells the limit of open files', () => {
    write(
      'self/limits',
      'Limit                     Soft Limit           Hard Limit           Units     \nMax open files            1024                 524288               files     \n',
    )
    for (const fd of ['0', '1', '2']) write(`self/fd/${fd}`, '')
    expect(readDescriptors(root)).toEqual({ open: 3, limit: 1024 })
    write('self/limits', 'Max open files            unlimited            unlimited            files     \n')
    expect(readDescriptors(root)).toBeNull()
    expect(readDescriptors(join(root, 'nowhere'))).toBeNull()
  })
})

describe('HostWatch', () => {
  const machine = (busy: number, idle: number, steal: number): void =>
    write('stat', `cpu  ${busy} 0 0 ${idle} 0 0 0 ${steal} 0 0\n`)
  /** 1000 ticks pass: 400 busy, of which the tool 250, the server 100, its child 20. */
  function pass(watch: HostWatch): ReturnType<HostWatch['end']> {
    machine(1000, 5000, 10)
    writeProcess(100, 1, 100, [50, 0, 0, 0])
    writeProcess(200, 1, 200, [500, 0, 0, 0])
    writeProcess(201, 200, 200, [5, 0, 0, 0])
    writeProcess(300, 1, 300, [77, 0, 0, 0])
    watch.begin()
    machine(1400, 5590, 20)
    writeProcess(100, 1, 100, [250, 50, 0, 0])
    writeProcess(200, 1, 200, [600, 0, 0, 0])
    writeProcess(201, 200, 200, [25, 0, 0, 0])
    writeProcess(300, 1, 300, [107, 0, 0, 0])
    return watch.end()
  }

  it('attributes the machine’s CPU to the tool, its servers, the hypervisor, and others', () => {
    const shares = pass(new HostWatch([200], { root, own: 100 }))
    // 400 − 250 − 100 − 20 = 30 of 1000 ticks.
    expect(shares.foreign).toBeCloseTo(0.03, 9)
    expect(shares.steal).toBeCloseTo(0.01, 9)
    // Of the server and its child, in hundredths of a second.
    expect(shares.server).toBe(120 * 10e6)
  })

  it('takes a server on another machine for none, and says nothing about one that it cannot find', () => {
    const elsewhere = pass(new HostWatch([], { root, own: 100 }))
    expect(elsewhere.foreign).toBeCloseTo(0.15, 9)
    expect(elsewhere.server).toBeNull()
    expect(pass(new HostWatch(null, { root, own: 100 }))).toMatchObject({ foreign: null, server: null })
  })

  it('says nothing where nothing can be seen', () => {
    const watch = new HostWatch([], { root: join(root, 'nowhere'), own: 1 })
    watch.begin()
    const nothing = { foreign: null, steal: null, server: null }
    expect(watch.end()).toEqual(nothing)
    expect(new HostWatch([], { root, own: 1 }).end()).toEqual(nothing)
  })
})
