import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { messageOf } from '../errors/plugin-error.ts'
import { ExitCode, ServebenchError } from '../errors/servebench-error.ts'
import { limitsOf, type ServerLimits } from '../dsl/confine.ts'
import type { ProgramCommand } from './server-process.ts'

const CGROUPS = '/sys/fs/cgroup'
let groups = 0

/** A command that runs within limits, and what is left to do when it has ended. */
export interface ConfinedCommand {
  readonly command: ProgramCommand
  release(): void
}

/**
 * Puts limits around a command: both are set by a small program that then becomes the server, so that no part of it ever
 * runs without them.
 * @param root of the control groups
 * @throws {ServebenchError} `SERVEBENCH_LIMIT` where a limit cannot be set
 */
export function confineCommand(
  command: ProgramCommand,
  limits: ServerLimits,
  root: string = CGROUPS,
  own: string = ownGroup(),
): ConfinedCommand {
  const { cpus, memory } = limitsOf(limits, 0)
  let confined = command
  let group: string | null = null
  if (cpus !== null) {
    if (!isOnPath('taskset')) throw unavailable('cpus', 'there is no `taskset` (util-linux) on the PATH.')
    confined = {
      ...confined,
      command: 'taskset',
      args: ['-c', `${cpus}`, confined.command, ...confined.args],
    }
  }
  if (memory !== null) {
    group = createGroup(root, own, memory)
    confined = {
      ...confined,
      command: '/bin/sh',
      args: ['-c', 'echo $$ > "$0/cgroup.procs" && exec "$@"', group, confined.command, ...confined.args],
    }
  }
  return {
    command: confined,
    release() {
      try {
        if (group !== null) rmdirSync(group)
      } catch {
        // Something of the server is still in it: an empty group costs nothing.
      }
    },
  }
}

/** A control group beside the one of this process, since one that has processes of its own cannot have children. */
function createGroup(root: string, own: string, memory: number): string {
  if (!existsSync(join(root, 'cgroup.controllers')))
    throw unavailable('memory', 'this system has no control groups of version 2.')
  const path = join(root, own === '/' ? '/' : dirname(own), `servebench-${process.pid}-${groups++}`)
  try {
    mkdirSync(path)
    try {
      writeFileSync(join(path, 'memory.max'), String(memory))
      if (existsSync(join(path, 'memory.swap.max'))) writeFileSync(join(path, 'memory.swap.max'), '0')
    } catch (error) {
      rmdirSync(path)
      throw error
    }
  } catch (error) {
    throw unavailable('memory', `no control group can be made: ${messageOf(error)}.`)
  }
  return path
}

function ownGroup(): string {
  try {
    const lines = readFileSync('/proc/self/cgroup', 'latin1').split('\n')
    return lines.find((one) => one.startsWith('0::'))?.slice(3) || '/'
  } catch {
    return '/'
  }
}

function isOnPath(program: string): boolean {
  return (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, program)))
}

function unavailable(limit: string, reason: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_LIMIT', `The limit \`${limit}\` is unavailable: ${reason}`, {
    advice: 'Leave it out, or run where it can be set: a server without its limit would be another one.',
    exitCode: ExitCode.usage,
  })
}
