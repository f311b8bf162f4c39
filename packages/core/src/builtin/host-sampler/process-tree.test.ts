import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { ProcessTree, TICK_SECONDS } from './process-tree.ts'

const PAGE = 4096

describe('a process tree', () => {
  let proc: TemporaryProject
  beforeEach(() => {
    proc = temporaryProject()
  })
  afterEach(() => proc[Symbol.dispose]())

  interface Facts {
    readonly parent: number
    readonly group?: number
    readonly name?: string
    /** utime, stime, cutime, cstime. */
    readonly times?: readonly [number, number, number, number]
    readonly pages?: number
  }

  function show(
    pid: number,
    { parent, group = 1, name = 'server', times = [0, 0, 0, 0], pages = 0 }: Facts,
  ): void {
    proc.write({
      [`${pid}/stat`]: `${pid} (${name}) S ${parent} ${group} ${group} 0 -1 4194304 1 2 3 4 ${times.join(' ')} 20 0 1 0 100 5000 ${pages} 18446744073709551615\n`,
    })
  }

  function totals(tree: ProcessTree): readonly number[] {
    tree.refresh()
    return [tree.count, tree.ticks, tree.rss / PAGE]
  }

  it('adds up the processes, their descendants and the group that they lead', () => {
    proc.write({ 'self/nothing': '', uptime: '', 'bus/nothing': '' })
    show(1, { parent: 0, times: [999, 0, 0, 0], pages: 999 })
    show(100, { parent: 1, group: 100, times: [1, 2, 3, 4], pages: 10 })
    // A name may hold whatever it likes, and a child a lower number than its parent.
    show(50, { parent: 101, times: [100, 0, 0, 0], pages: 20, name: 'a) R 1 1 (b' })
    show(101, { parent: 100, times: [0, 1000, 0, 0], pages: 30 })
    // Its parent has ended, but the group tells.
    show(102, { parent: 1, group: 100, times: [10_000, 0, 0, 0], pages: 40 })
    show(103, { parent: 1, times: [999, 0, 0, 0], pages: 999 })
    expect(totals(new ProcessTree([100], 7, proc.root))).toEqual([4, 11_110, 100])
    expect(totals(new ProcessTree([101, 103], 7, proc.root))).toEqual([3, 2099, 1049])
  })

  it('sees processes come and go: time of those that ended is counted by whoever awaited them', () => {
    const tree = new ProcessTree([100], 7, proc.root)
    show(100, { parent: 1, times: [5, 0, 0, 0], pages: 1 })
    expect(totals(tree)).toEqual([1, 5, 1])
    show(200, { parent: 100, times: [20, 0, 0, 0], pages: 2 })
    expect(totals(tree)).toEqual([2, 25, 3])
    // A process whose parent ends is given to another one, and still belongs to the server.
    show(201, { parent: 200, times: [7, 0, 0, 0], pages: 4 })
    expect(totals(tree)).toEqual([3, 32, 7])
    rmSync(proc.path('200'), { recursive: true })
    show(201, { parent: 1, times: [8, 0, 0, 0], pages: 4 })
    show(100, { parent: 1, times: [5, 0, 21, 0], pages: 1 })
    expect(totals(tree)).toEqual([2, 34, 5])
    rmSync(proc.path('100'), { recursive: true })
    rmSync(proc.path('201'), { recursive: true })
    expect(totals(tree)).toEqual([0, 0, 0])
  })

  it('leaves the tool out when its server has started it', () => {
    show(100, { parent: 1, times: [5, 0, 0, 0], pages: 1 })
    show(300, { parent: 100, times: [50, 0, 0, 0], pages: 9 })
    show(301, { parent: 300, times: [50, 0, 0, 0], pages: 9 })
    expect(totals(new ProcessTree([100], 300, proc.root))).toEqual([1, 5, 1])
  })

  it('is empty where there is no /proc', () => {
    expect(totals(new ProcessTree([100], 7, proc.path('nowhere')))).toEqual([0, 0, 0])
  })
})

describe.runIf(process.platform === 'linux')('of this machine', () => {
  const children: ChildProcess[] = []
  afterEach(() => {
    for (const child of children.splice(0)) child.kill('SIGKILL')
  })

  /** A process that runs a script, from when it says that it is ready; and the number that it says. */
  async function start(script: string): Promise<{ readonly pid: number; readonly said: number }> {
    const child = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
    children.push(child)
    const [said] = (await once(child.stdout as NonNullable<typeof child.stdout>, 'data')) as [Buffer]
    return { pid: child.pid as number, said: Number(said) }
  }

  it('counts the CPU time of a busy grandchild', async () => {
    // The grandchild tells how much it has used by then, as the operating system sees it.
    const { pid, said: busy } = await start(`
      require('node:child_process').spawn(process.execPath, ['-e', 'console.log(process.pid); for (;;);'], { stdio: ['ignore', 'inherit', 'inherit'] })`)
    try {
      const tree = new ProcessTree([pid])
      tree.refresh()
      expect(tree.count).toBe(2)
      const before = tree.ticks
      const began = performance.now()
      await expect
        .poll(
          () => {
            tree.refresh()
            return (tree.ticks - before) * TICK_SECONDS
          },
          { timeout: 15_000, interval: 50 },
        )
        .toBeGreaterThan(0.6)
      // One thread of the grandchild is busy; a few ticks more are the start of both.
      const cores = ((tree.ticks - before) * TICK_SECONDS) / ((performance.now() - began) / 1000)
      expect(cores).toBeLessThan(1.5)
    } finally {
      process.kill(busy, 'SIGKILL')
    }
  })

  it('counts the memory that a process uses', async () => {
    const idle = new ProcessTree([(await start(`console.log(1); setInterval(() => {}, 1000)`)).pid])
    const { pid } = await start(
      `globalThis.kept = Buffer.alloc(200 * 1024 * 1024, 1); console.log(1); setInterval(() => {}, 1000)`,
    )
    const large = new ProcessTree([pid])
    idle.refresh()
    large.refresh()
    const difference = (large.rss - idle.rss) / (1024 * 1024)
    expect(difference).toBeGreaterThan(185)
    expect(difference).toBeLessThan(230)
  })
})
