import { readdirSync, readFileSync } from 'node:fs'

/** Where Linux shows processes; tests have one of their own. */
const PROC = '/proc'

/** One row of /proc/PID/stat; CPU in clock ticks, with that of ended children. */
export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly ticks: number
}

/** All processes that can be seen; empty where there is no /proc. */
export function readProcesses(root: string = PROC): ProcessRow[] {
  const rows: ProcessRow[] = []
  let names: string[]
  try {
    names = readdirSync(root)
  } catch {
    return rows
  }
  for (const name of names) {
    const first = name.charCodeAt(0)
    if (first < 48 || first > 57) continue
    try {
      const stat = readFileSync(`${root}/${name}/stat`, 'latin1')
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      rows.push({
        pid: Number(name),
        parent: Number(fields[1]),
        group: Number(fields[2]),
        ticks: Number(fields[11]) + Number(fields[12]) + Number(fields[13]) + Number(fields[14]),
      })
    } catch {
      // It has ended meanwhile.
    }
  }
  return rows
}

/** When a process was started, in ticks since boot (field 22 of its `stat`); `null` where that cannot be read. */
export function startTimeOf(pid: number, root: string = PROC): string | null {
  return statOf(pid, root)?.[19] ?? null
}

/** The process that has started it, or has adopted it since; `null` where that cannot be read. */
export function parentOf(pid: number, root: string = PROC): number | null {
  const parent = statOf(pid, root)?.[1]
  return parent === undefined ? null : Number(parent)
}

/** Fields of /proc/PID/stat from the third one on: the name may hold anything. */
function statOf(pid: number, root: string): readonly string[] | null {
  try {
    const stat = readFileSync(`${root}/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return null
  }
}

/**
 * CPU ticks of the given processes, of all in their groups, and of all that descend from them.
 * @param except is left out with its descendants, unless it is one of the given ones
 */
export function ticksOf(rows: readonly ProcessRow[], roots: readonly number[], except?: number): number {
  const included = new Set(roots)
  const groups = new Set(
    rows.filter((row) => included.has(row.pid) && row.group === row.pid).map((row) => row.pid),
  )
  for (let grown = true; grown;) {
    grown = false
    for (const row of rows) {
      if (included.has(row.pid) || row.pid === except) continue
      if (!included.has(row.parent) && !groups.has(row.group)) continue
      included.add(row.pid)
      grown = true
    }
  }
  return rows.reduce((sum, row) => (included.has(row.pid) ? sum + row.ticks : sum), 0)
}

/** Files and sockets that this process has open, and how many it may have; `null` where /proc does not tell. */
export function readDescriptors(
  root: string = PROC,
): { readonly open: number; readonly limit: number } | null {
  try {
    const line = readFileSync(`${root}/self/limits`, 'latin1')
      .split('\n')
      .find((each) => each.startsWith('Max open files'))
    const limit = Number(line?.split(/\s{2,}/)[1])
    return Number.isFinite(limit) ? { open: readdirSync(`${root}/self/fd`).length, limit } : null
  } catch {
    return null
  }
}

/** Ticks of the whole machine since boot. */
export interface MachineTicks {
  readonly busy: number
  readonly total: number
  readonly steal: number
}

export function readMachine(root: string = PROC): MachineTicks | null {
  try {
    const line = readFileSync(`${root}/stat`, 'latin1').split('\n', 1)[0] as string
    const fields = line.trim().split(/\s+/).slice(1, 9).map(Number)
    const total = fields.reduce((sum, value) => sum + value, 0)
    return { total, busy: total - (fields[3] as number) - (fields[4] as number), steal: fields[7] ?? 0 }
  } catch {
    return null
  }
}
