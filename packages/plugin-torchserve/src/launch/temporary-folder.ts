import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

const PREFIX = 'servebench-ts-'
/** Workers open sockets in the folder for temporary files, whose whole path may have 107 bytes. */
const LONGEST = 60

/**
 * A folder for a server's sockets and process id, with a short path. Those of tools that were killed are removed.
 */
export async function makeTemporary(): Promise<string> {
  const place = tmpdir().length > LONGEST ? '/tmp' : tmpdir()
  for (const name of await readdir(place)) {
    const [, pid] = /^servebench-ts-(\d+)-/.exec(name) ?? []
    if (pid !== undefined && !isAlive(Number(pid)))
      await rm(join(place, name), { recursive: true, force: true })
  }
  return mkdtemp(join(place, `${PREFIX}${process.pid}-`))
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
