import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'

/**
 * The guard's program: keeps a list of process groups from its standard input (`+pid`, `-pid`), and ends those that are
 * left when the input closes. A group whose leader's start time has changed is another one and is left alone. Then it
 * runs the commands that were planned (`>name ["program","argument"]`) and not called off (`<name`).
 */
const GRACE_MS = 2000
/** A runtime may wait for what it ends; one that hangs must not keep this process alive for ever. */
const COMMAND_MS = 20_000
/** What the first attempt came too early for may be there by now. */
const AGAIN_MS = 1000
const groups = new Map<number, string | null>()
const commands = new Map<string, readonly string[]>()
let rest = ''

process.stdin.setEncoding('latin1')
process.stdin.on('data', (chunk: string) => {
  const lines = (rest + chunk).split('\n')
  rest = lines.pop() ?? ''
  for (const line of lines) {
    if (line.startsWith('>')) plan(line.slice(1))
    if (line.startsWith('<')) commands.delete(line.slice(1))
    const group = Number(line.slice(1))
    if (!Number.isInteger(group) || group <= 1) continue
    if (line.startsWith('+')) groups.set(group, startTime(group))
    else groups.delete(group)
  }
})
process.stdin.on('end', endAll)
process.stdin.on('error', endAll)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {})

function endAll(): void {
  signalAll('SIGTERM')
  if (groups.size === 0) return runCommands()
  const deadline = Date.now() + GRACE_MS
  const poll = setInterval(() => {
    for (const group of groups.keys()) if (!isAlive(group)) groups.delete(group)
    if (groups.size > 0 && Date.now() < deadline) return
    clearInterval(poll)
    signalAll('SIGKILL')
    runCommands()
  }, 50)
}

function plan(text: string): void {
  const blank = text.indexOf(' ')
  commands.set(text.slice(0, blank), JSON.parse(text.slice(blank + 1)) as string[])
}

/** What is asked to end something says so when there is nothing: then it is asked once more. */
function runCommands(): void {
  const failed = [...commands.values()].filter((command) => !succeeds(command))
  if (failed.length === 0) process.exit(0)
  setTimeout(() => {
    for (const command of failed) succeeds(command)
    process.exit(0)
  }, AGAIN_MS)
}

function succeeds([program = '', ...args]: readonly string[]): boolean {
  return spawnSync(program, args, { stdio: 'ignore', timeout: COMMAND_MS }).status === 0
}

function signalAll(signal: NodeJS.Signals): void {
  for (const [group, started] of groups) {
    const now = startTime(group)
    if (started !== null && now !== null && now !== started) {
      groups.delete(group)
      continue
    }
    try {
      process.kill(-group, signal)
    } catch {
      groups.delete(group)
    }
  }
}

function isAlive(group: number): boolean {
  try {
    process.kill(-group, 0)
    return true
  } catch {
    return false
  }
}

/** Field 22 of /proc/PID/stat: when the process was started, in ticks since boot. */
function startTime(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? null
  } catch {
    return null
  }
}
