import { spawn, type ChildProcess } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Arrivals } from './arrivals.ts'
import type { CountingServer } from './counting-server.ts'
import { busySeconds, ownSeconds, treeSeconds, quietWindow } from './machine.ts'
import { buildNative } from './native.ts'
import type { Command, Told } from './tool.ts'

/** One run of one tool: what it cost, what it says, and what the server knows. */
export interface Outcome {
  readonly exitCode: number
  /** It ran past its limit. */
  readonly stopped: boolean
  readonly wallSeconds: number
  readonly cpuSeconds: number
  readonly residentMiB: number
  /** Cores that neither the tool, nor its server, nor this benchmark used. */
  readonly foreignCores: number
  readonly serverCores: number | null
  readonly told: Told
  /** Why `told` is empty. */
  readonly problem: string | null
  readonly served: Served | null
}

/** Of an HTTP run, by the server's own counters. */
export interface Served {
  readonly requests: number
  readonly answers: number
  /** Answers per second, from two seconds after the first request until shortly before the last. */
  readonly steadyThroughput: number | null
}

export interface TrialOptions {
  readonly folder: string
  readonly limitSeconds: number
  readonly server?: CountingServer
  /** A server that only its process id is known of. */
  readonly serverPid?: number
  /** The log of this run is read, after it. */
  readonly onArrivals?: (arrivals: Arrivals) => void
  /** Seconds to wait for the machine to be quiet. */
  readonly quietSeconds: number
}

/** Others may use so much of the machine before a run counts as disturbed. */
export const FOREIGN_LIMIT = 0.25

const WARMUP_MS = 2000
const TAIL_MS = 300
const POLL_MS = 50

const running = new Set<ChildProcess>()

/** Ends the tool that is running: `measure` passes it on to the whole group. */
export function endRunning(): void {
  for (const child of running) child.kill()
}

export async function runTrial(command: Command, options: TrialOptions): Promise<Outcome> {
  const { server, folder } = options
  await quietWindow(FOREIGN_LIMIT, options.quietSeconds)
  const report = path.join(folder, 'measure.json')
  rmSync(report, { force: true })
  const pid = options.serverPid ?? server?.pid
  const before = {
    at: performance.now(),
    busy: busySeconds(),
    own: ownSeconds(),
    server: pid === undefined ? 0 : treeSeconds(pid),
  }
  const counted = { requests: server?.requests ?? 0, answers: server?.answers ?? 0 }
  const child = spawn(buildNative('measure'), [report, String(options.limitSeconds), ...command.arguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // What tools leave behind goes with the folder.
    cwd: folder,
    env: { ...process.env, ...command.environment },
  })
  const stdout: Buffer[] = []
  const stderr: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => stdout.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => stderr.push(chunk))
  const closed = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  running.add(child)
  void closed.finally(() => running.delete(child)).catch(() => {})
  const samples = server === undefined ? [] : await countAnswers(server, child)
  await closed
  const cost = JSON.parse(readFileSync(report, 'utf8')) as MeasureReport
  const wall = cost.wallSeconds
  const cpu = cost.userSeconds + cost.systemSeconds
  const serverCpu = pid === undefined ? 0 : treeSeconds(pid) - before.server
  const foreign = busySeconds() - before.busy - (ownSeconds() - before.own) - cpu - serverCpu
  const elapsed = (performance.now() - before.at) / 1000
  if (server !== undefined) options.onArrivals?.(server.arrivals(counted.requests, server.requests))
  const parsed = parse(command, Buffer.concat(stdout).toString(), Buffer.concat(stderr).toString())
  return {
    exitCode: cost.exitCode,
    stopped: cost.stopped,
    wallSeconds: wall,
    cpuSeconds: cpu,
    residentMiB: cost.maxResidentKiB / 1024,
    foreignCores: Math.max(0, foreign / elapsed),
    serverCores: pid === undefined ? null : serverCpu / wall,
    ...parsed,
    served:
      server === undefined
        ? null
        : {
            requests: server.requests - counted.requests,
            answers: server.answers - counted.answers,
            steadyThroughput: steadyThroughput(samples),
          },
  }
}

interface MeasureReport {
  readonly wallSeconds: number
  readonly userSeconds: number
  readonly systemSeconds: number
  readonly maxResidentKiB: number
  readonly exitCode: number
  readonly stopped: boolean
}

export interface CountSample {
  readonly at: number
  readonly answers: number
}

async function countAnswers(server: CountingServer, child: ChildProcess): Promise<CountSample[]> {
  const samples: CountSample[] = []
  while (running.has(child)) {
    samples.push({ at: performance.now(), answers: server.answers })
    await sleep(POLL_MS)
  }
  return samples
}

/** `null` when a run is too short to have a steady part. */
export function steadyThroughput(samples: readonly CountSample[]): number | null {
  const start = samples.findIndex(
    (sample, index) => index > 0 && sample.answers > (samples[0] as CountSample).answers,
  )
  const stop = samples.findLastIndex(
    (sample, index) => index > 0 && sample.answers > (samples[index - 1] as CountSample).answers,
  )
  if (start < 0) return null
  const from = samples.find(({ at }) => at >= (samples[start] as CountSample).at + WARMUP_MS)
  const until = samples.findLast(({ at }) => at <= (samples[stop] as CountSample).at - TAIL_MS)
  if (from === undefined || until === undefined || until.at - from.at < 500) return null
  return ((until.answers - from.answers) / (until.at - from.at)) * 1000
}

function parse(command: Command, stdout: string, stderr: string): { told: Told; problem: string | null } {
  try {
    return { told: command.parse(stdout, stderr), problem: null }
  } catch (error) {
    const said = `${stdout.slice(-300)}${stderr.slice(-300)}`.trim()
    return {
      told: {},
      problem: `${error instanceof Error ? error.message : String(error)}; it said: ${said}`,
    }
  }
}
