import { readdirSync, readFileSync } from 'node:fs'
import { ProcFile } from './proc-file.ts'

/** The unit of CPU times in /proc: `USER_HZ`, which is 100 on every architecture that Node runs on. */
export const TICK_SECONDS = 0.01

/** Fields of /proc/PID/stat behind the name, counted from its third one. */
const PARENT = 1
const GROUP = 2
const TIMES = [11, 12, 13, 14]
const RESIDENT_PAGES = 21

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  readonly group: number
  readonly ticks: number
  readonly rss: number
}

/**
 * Some processes with their descendants and, where they lead a process group, with all of that group. Who belongs to it
 * is decided once per process, when it is first seen: then its parent is still known.
 */
export class ProcessTree {
  readonly #roots: ReadonlySet<number>
  readonly #own: number
  readonly #proc: string
  readonly #pageBytes: number
  readonly #file = new ProcFile()
  readonly #groups = new Set<number>()
  #members = new Map<number, boolean>()

  /** Processes of it that run. */
  count = 0
  /** CPU time in ticks, with that of descendants that have ended. */
  ticks = 0
  /** Resident bytes; pages that processes share count once for each. */
  rss = 0

  /** @param own the tool's process: a server that has started the tool does not answer for it */
  constructor(roots: readonly number[], own: number = process.pid, proc = '/proc') {
    this.#roots = new Set(roots)
    this.#own = own
    this.#proc = proc
    this.#pageBytes = readPageBytes(proc)
  }

  /** The processes that belong to it, as of the last `refresh`. */
  get pids(): readonly number[] {
    return [...this.#members].flatMap(([pid, isMember]) => (isMember ? [pid] : []))
  }

  /** Brings the totals up to date. */
  refresh(): void {
    const members = new Map<number, boolean>()
    const fresh: ProcessStat[] = []
    this.count = 0
    this.ticks = 0
    this.rss = 0
    for (const name of this.#names()) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const known = this.#members.get(pid)
      if (known === false) members.set(pid, false)
      else {
        const stat = this.#stat(pid)
        if (stat === null) continue
        if (known === undefined) fresh.push(stat)
        else {
          members.set(pid, true)
          this.#add(stat)
        }
      }
    }
    this.#members = members
    this.#sort(fresh)
  }

  /** A child may stand before its parent: sorted until nothing changes any more. */
  #sort(fresh: readonly ProcessStat[]): void {
    let rest = fresh
    for (let before = Infinity; rest.length < before;) {
      before = rest.length
      rest = rest.filter((stat) => {
        if (!this.#belongs(stat)) return true
        this.#members.set(stat.pid, true)
        this.#add(stat)
        return false
      })
    }
    for (const { pid } of rest) this.#members.set(pid, false)
  }

  #belongs({ pid, parent, group }: ProcessStat): boolean {
    if (this.#roots.has(pid)) {
      if (group === pid) this.#groups.add(pid)
      return true
    }
    return pid !== this.#own && (this.#members.get(parent) === true || this.#groups.has(group))
  }

  #add({ ticks, rss }: ProcessStat): void {
    this.count += 1
    this.ticks += ticks
    this.rss += rss
  }

  #stat(pid: number): ProcessStat | null {
    const text = this.#file.read(`${this.#proc}/${pid}/stat`)
    if (text === null) return null
    // The name may hold anything, parentheses and blanks too.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return {
      pid,
      parent: Number(fields[PARENT]),
      group: Number(fields[GROUP]),
      ticks: TIMES.reduce((sum, field) => sum + Number(fields[field]), 0),
      rss: Number(fields[RESIDENT_PAGES]) * this.#pageBytes,
    }
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#proc)
    } catch {
      return []
    }
  }
}

/** From the auxiliary vector of this process, pairs of 64-bit words; entry 6 is `AT_PAGESZ`. */
function readPageBytes(proc: string): number {
  try {
    const bytes = readFileSync(`${proc}/self/auxv`)
    for (let at = 0; at + 16 <= bytes.length; at += 16) {
      if (bytes.readBigUInt64LE(at) === 6n) return Number(bytes.readBigUInt64LE(at + 8))
    }
  } catch {
    // The usual size, then.
  }
  return 4096
}
