import { accessSync, constants, existsSync, mkdtempSync, readFileSync, rmSync, statfsSync } from 'node:fs'
import { availableParallelism, loadavg, totalmem } from 'node:os'
import { join, resolve } from 'node:path'
import pc from 'picocolors'
import { ExitCode } from '../../errors/servebench-error.ts'
import { captureEnvironment } from '../../report/environment.ts'
import { printable } from '../../report/printable.ts'
import type { Log } from '../../hooks/plugin.ts'
import { findLeftContainers, removeContainer } from '../../runner/container/left-containers.ts'
import { readDescriptors } from '../../runner/proc.ts'
import { takeBack } from '../../runner/take-back.ts'
import { describeLeftChanges, findLeftChanges, undoFolder } from '../../runner/undo-journal.ts'
import { formatBytes } from '../../units/bytes.ts'
import { formatDuration } from '../../units/duration.ts'
import { measureNaps } from '../measure-naps.ts'
import { formatError } from '../terminal.ts'
import { openWorkspace, type Workspace } from '../project.ts'
import { PlainProgress } from '../../ui/plain-progress.ts'

/** Loading a large model again takes its time. */
const RESTORE_MS = 600_000

/** One thing that was looked at. */
interface Finding {
  readonly name: string
  readonly state: 'ok' | 'note' | 'problem'
  readonly message: string
  readonly advice: string | null
}

/** `servebench doctor`: whether this machine can measure well, and whether this project is set up. */
export async function doctorCommand(options: {
  readonly json?: boolean
  readonly restore?: boolean
}): Promise<number> {
  const findings = [
    ...machine(),
    await timers(),
    codeGeneration(),
    descriptors(),
    ...(await containers(options.restore === true)),
    ...(await project(options.restore === true)),
  ]
  const bad = findings.some((finding) => finding.state === 'problem')
  if (options.json) process.stdout.write(`${JSON.stringify({ findings }, null, 2)}\n`)
  else {
    const width = Math.max(...findings.map((finding) => finding.name.length))
    const marks = { ok: pc.green('✓'), note: pc.yellow('!'), problem: pc.red('✗') }
    for (const { name, state, message, advice } of findings) {
      process.stdout.write(`${marks[state]} ${name.padEnd(width)}  ${printable(message)}\n`)
      if (advice !== null && state !== 'ok')
        process.stdout.write(`${' '.repeat(width + 4)}${pc.dim(printable(advice))}\n`)
    }
  }
  return bad ? ExitCode.usage : ExitCode.ok
}

function machine(): Finding[] {
  const { cpu, memory, os, accelerators } = captureEnvironment()
  const load = loadavg()[0] as number
  const cores = availableParallelism()
  return [
    {
      name: 'node',
      state: 'ok',
      message: `${process.version} on ${os.platform} ${os.arch}, kernel ${os.kernel}${os.container === null ? '' : ` (${os.container})`}`,
      advice: null,
    },
    {
      name: 'processor',
      state: cores < 2 ? 'note' : 'ok',
      message: `${cpu.model}, ${cores} cores${cpu.limit === null ? '' : `, limited to ${cpu.limit}`}`,
      advice: 'With one core, generator and server disturb each other: measure a server on another machine.',
    },
    {
      name: 'governor',
      state: cpu.governor === null || cpu.governor === 'performance' ? 'ok' : 'note',
      message: cpu.governor ?? 'not visible (virtual machines hide it)',
      advice: 'Frequencies that change make latencies change: cpupower frequency-set -g performance.',
    },
    {
      name: 'load',
      state: load > cores * 0.1 ? 'note' : 'ok',
      message: `${load.toFixed(2)} runnable processes on average over a minute`,
      advice: 'Other programs on this machine make measurements suspect: stop them first.',
    },
    {
      name: 'memory',
      state: 'ok',
      message: `${formatBytes(totalmem())}${memory.limit === null ? '' : `, limited to ${formatBytes(memory.limit)}`}`,
      advice: null,
    },
    {
      name: 'accelerators',
      state: 'ok',
      message:
        accelerators.length === 0
          ? 'none found'
          : accelerators.map((accelerator) => accelerator.name).join(', '),
      advice: null,
    },
  ]
}

/** How late a load thread would be on this machine, with naps as the scheduler takes them. */
async function timers(): Promise<Finding> {
  const late = await measureNaps()
  return {
    name: 'timers',
    state: late.p99 > 100_000 ? 'note' : 'ok',
    message: `naps end ${formatDuration(late.p50)} late at the median, ${formatDuration(late.p99)} at p99`,
    advice: 'Arrivals can be no more accurate than this: a quiet machine with a free core helps.',
  }
}

/** Tapable compiles its hooks: some hardened set-ups forbid that. */
function codeGeneration(): Finding {
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval
    const allowed = (new Function('return 1') as () => number)() === 1
    return {
      name: 'hooks',
      state: allowed ? 'ok' : 'problem',
      message: 'code generation is allowed',
      advice: null,
    }
  } catch {
    return {
      name: 'hooks',
      state: 'problem',
      message: 'code generation from strings is forbidden, which hooks need',
      advice: 'Start Node without --disallow-code-generation-from-strings.',
    }
  }
}

function descriptors(): Finding {
  const found = readDescriptors()
  if (found === null)
    return { name: 'descriptors', state: 'ok', message: 'limit not visible on this platform', advice: null }
  return {
    name: 'descriptors',
    state: found.limit < 4096 ? 'note' : 'ok',
    message: `${found.limit} open files and sockets per process`,
    advice: 'Each connection is one: raise the limit with `ulimit -n 65536`.',
  }
}

async function project(restore: boolean): Promise<Finding[]> {
  const findings: Finding[] = []
  try {
    const log = new PlainProgress()
    const workspace = await openWorkspace({ directory: process.cwd(), arguments: [], log })
    const { config } = workspace
    findings.push({
      name: 'configuration',
      state: 'ok',
      message: config.file ?? 'none: defaults are used',
      advice: null,
    })
    findings.push(output(resolve(config.root, config.output)))
    findings.push(...(await servers(workspace, restore, log)))
    if (
      existsSync(join(config.root, 'vitest.config.ts')) &&
      !/\.bench\./.test(readFileSync(join(config.root, 'vitest.config.ts'), 'utf8'))
    ) {
      findings.push({
        name: 'vitest',
        state: 'note',
        message: '`vitest bench` picks up *.bench.ts files too',
        advice: "Exclude them in vitest.config.ts: benchmark: { exclude: ['**/*.bench.ts'] }.",
      })
    }
  } catch (error) {
    findings.push({ name: 'configuration', state: 'problem', message: formatError(error), advice: null })
  }
  return findings
}

/** What runs that were killed have left in servers that go on running. */
async function servers({ config, plugins }: Workspace, restore: boolean, log: Log): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const left of findLeftChanges(undoFolder(resolve(config.root, config.output)))) {
    const what = describeLeftChanges(left)
    if (!restore) {
      findings.push({
        name: 'servers',
        state: 'note',
        message: `an earlier run has left ${what}`,
        advice: '`servebench doctor --restore` takes back what it can.',
      })
      continue
    }
    const signal = AbortSignal.timeout(RESTORE_MS)
    const failures = await takeBack(left, plugins, { root: config.root, log, signal })
    findings.push({
      name: 'servers',
      state: failures.length === 0 ? 'ok' : 'problem',
      message: failures.length === 0 ? `${what} taken back` : `${what}: ${failures.join(' ')}`,
      advice: `Try again when the server can be reached; if it is gone for good, delete ${left.path}.`,
    })
  }
  return findings
}

/** Containers of runs that were killed together with the guard that would have removed them. */
async function containers(restore: boolean): Promise<Finding[]> {
  const findings: Finding[] = []
  for (const left of await findLeftContainers()) {
    const what = `the container ${left.name} of ${left.image} (${left.runtime})`
    if (!restore) {
      findings.push({
        name: 'containers',
        state: 'note',
        message: `an earlier run has left ${what}`,
        advice: '`servebench doctor --restore` removes it.',
      })
      continue
    }
    const complaint = await removeContainer(left)
    findings.push({
      name: 'containers',
      state: complaint === null ? 'ok' : 'problem',
      message: complaint === null ? `${what} removed` : `${what} cannot be removed: ${complaint}`,
      advice: `Remove it with \`${left.runtime} rm --force ${left.name}\`.`,
    })
  }
  return findings
}

function output(folder: string): Finding {
  try {
    let existing = folder
    while (!existsSync(existing)) existing = resolve(existing, '..')
    accessSync(existing, constants.W_OK)
    rmSync(mkdtempSync(join(existing, '.servebench-')), { recursive: true })
    const { bavail, bsize } = statfsSync(existing)
    const free = bavail * bsize
    return {
      name: 'results',
      state: free < 1024 ** 3 ? 'note' : 'ok',
      message: `${folder} can be written, ${formatBytes(free)} free`,
      advice: 'Records of long runs take up to 2 GiB.',
    }
  } catch {
    return {
      name: 'results',
      state: 'problem',
      message: `${folder} cannot be written`,
      advice: 'Give another folder with --output or `output` in the configuration.',
    }
  }
}
