import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startTimeOf } from './proc.ts'

/** A run that is measuring on this host. */
export interface RunningRun {
  readonly pid: number
  /** Its project's folder. */
  readonly root: string
}

/** Tells other runs on this host that this one measures, until it is disposed or the process ends. */
export interface HostClaim extends Disposable {
  /** Runs of other processes that measure right now. */
  others(): readonly RunningRun[]
}

/** Nobody needs more to know who disturbs; a file that is larger is not ours. */
const LARGEST_CLAIM = 8192

/**
 * Leaves a file with this process's id where other runs look. Best effort: a host on which that fails only loses the
 * warning. What killed processes have left behind is removed.
 * @param folder shared by all runs of the host
 */
export function claimHost(root: string, folder: string = join(tmpdir(), 'servebench-runs')): HostClaim {
  const path = join(folder, `${process.pid}.json`)
  const release = (): void => {
    process.off('exit', release)
    removeClaim(path)
  }
  try {
    mkdirSync(folder, { recursive: true })
    // For runs of all users, each of whom removes only files of their own.
    allowEverybody(folder)
    removeClaim(path)
    const claim = { pid: process.pid, started: startTimeOf(process.pid), root }
    writeFileSync(path, JSON.stringify(claim), { flag: 'wx' })
    process.on('exit', release)
  } catch {
    // Read-only, full, or somebody else's: measuring is more important.
  }
  return { others: () => readClaims(folder), [Symbol.dispose]: release }
}

function allowEverybody(folder: string): void {
  try {
    chmodSync(folder, 0o1777)
  } catch {
    // It belongs to another user, who has done it.
  }
}

function readClaims(folder: string): RunningRun[] {
  let names: string[]
  try {
    names = readdirSync(folder)
  } catch {
    return []
  }
  return names.flatMap((name) => {
    const pid = Number(/^(\d{1,10})\.json$/.exec(name)?.[1])
    if (!Number.isInteger(pid) || pid === process.pid) return []
    const path = join(folder, name)
    const claim = readClaim(path)
    if (claim !== null && isRunning(pid, claim.started)) return [{ pid, root: claim.root }]
    removeClaim(path)
    return []
  })
}

function readClaim(path: string): { readonly started: string | null; readonly root: string } | null {
  try {
    const file = openSync(path, 'r')
    try {
      const bytes = Buffer.alloc(LARGEST_CLAIM)
      const text = bytes.toString('utf8', 0, readSync(file, bytes))
      const { started, root } = JSON.parse(text) as { readonly started?: unknown; readonly root?: unknown }
      return {
        started: typeof started === 'string' ? started : null,
        root: typeof root === 'string' ? root : '',
      }
    } finally {
      closeSync(file)
    }
  } catch {
    return null
  }
}

/** A process id may have gone to another program meanwhile: its start time would then be another. */
export function isRunning(pid: number, started: string | null): boolean {
  try {
    process.kill(pid, 0)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EPERM') return false
  }
  const now = startTimeOf(pid)
  return started === null || now === null || started === now
}

function removeClaim(path: string): void {
  try {
    rmSync(path, { force: true })
  } catch {
    // Another user's.
  }
}
