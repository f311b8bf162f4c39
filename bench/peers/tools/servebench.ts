import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Command, Tool, Told } from '../tool.ts'

const CLI = fileURLToPath(new URL('../../../packages/core/bin/servebench.js', import.meta.url))
const MANIFEST = fileURLToPath(new URL('../../../packages/core/package.json', import.meta.url))
const TRITON = fileURLToPath(new URL('../scripts/triton.bench.ts', import.meta.url))
const ONCE = fileURLToPath(new URL('../scripts/once.bench.ts', import.meta.url))

/** The part of a `Trial` that this benchmark reads; see `packages/core/src/report/result.ts`. */
interface TrialLike {
  readonly state: string
  readonly error: { readonly message: string } | null
  readonly throughput: number | null
  readonly counts: Readonly<
    Record<'due' | 'completed' | 'failed' | 'timedOut' | 'dropped' | 'censored', number>
  >
  readonly failures: Readonly<Record<string, number>>
  readonly responseTime: Readonly<Record<'mean' | 'p50' | 'p90' | 'p99' | 'p99.9' | 'max', number | null>>
  readonly failedResponseTime: Readonly<Record<'p50' | 'min', number | null>>
  readonly engine: { readonly name: string; readonly cpu: number | null }
  readonly verdict: { readonly validity: string; readonly reasons: readonly { readonly code: string }[] }
}

export function parseTrial(stdout: string): Told {
  const trial = JSON.parse(stdout) as TrialLike
  const { counts, responseTime } = trial
  if (trial.state === 'failed' && counts.due === 0)
    throw new Error(trial.error?.message ?? 'The trial failed.')
  const at = (name: keyof typeof responseTime) => responseTime[name] ?? undefined
  return {
    throughput: trial.throughput ?? undefined,
    count: counts.completed,
    errors: counts.failed + counts.timedOut + counts.dropped + counts.censored,
    mean: at('mean'),
    p50: at('p50'),
    p90: at('p90'),
    p99: at('p99'),
    p999: at('p99.9'),
    max: at('max'),
    more: {
      engine: trial.engine.name,
      loadThreadCpu: trial.engine.cpu,
      verdict: trial.verdict.validity,
      reasons: trial.verdict.reasons.map(({ code }) => code),
      counts,
      failures: trial.failures,
      failedResponseTime: trial.failedResponseTime,
    },
  }
}

interface CountersLike {
  readonly success: { readonly count: number }
  readonly queue: { readonly ns: number }
  readonly computeInput: { readonly ns: number }
  readonly computeInfer: { readonly ns: number }
  readonly computeOutput: { readonly ns: number }
}
type RunLike = {
  readonly trials: readonly (TrialLike & {
    readonly server: { readonly counters: Readonly<Record<string, CountersLike>> | null } | null
  })[]
}

export function parseTritonRun(stdout: string): Told {
  const [trial] = (JSON.parse(stdout) as RunLike).trials
  const counters = trial?.server?.counters?.['identity']
  if (trial === undefined || counters === undefined) throw new Error('The server has counted nothing.')
  const told = parseTrial(JSON.stringify(trial))
  const mean = ({ ns }: { readonly ns: number }): number => ns / counters.success.count
  const server = {
    queue: mean(counters.queue),
    input: mean(counters.computeInput),
    infer: mean(counters.computeInfer),
    output: mean(counters.computeOutput),
  }
  return { ...told, more: { ...told.more, server } }
}

/** Seconds of a closed loop that are warm-up: the same for servebench as for the window that the server counts. */
export const WARMUP_SECONDS = 2

function quick(url: string, flags: readonly string[]): Command {
  return { arguments: [process.execPath, CLI, 'quick', url, ...flags, '--json'], parse: parseTrial }
}

/** This repository's own, as users run it: the built command line. Its seconds are split into warm-up and measurement. */
export const servebench: Tool = {
  name: 'servebench',
  warmsUp: true,
  find: () => (existsSync(CLI) ? CLI : null),
  version: () => (JSON.parse(readFileSync(MANIFEST, 'utf8')) as { version: string }).version,
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => {
    const warmup = seconds > WARMUP_SECONDS + 1 ? WARMUP_SECONDS : 0
    const flags = [...post(bodyFile), '--concurrency', String(concurrency), ...phases(warmup, seconds)]
    if (timeoutSeconds !== undefined) flags.push('--timeout', `${timeoutSeconds}s`)
    return quick(url, flags)
  },
  rate: ({ url, bodyFile, rate, seconds, warmupSeconds }) => {
    const schedule = ['--rate', String(rate), '--arrivals', 'constant']
    return quick(url, [...post(bodyFile), ...schedule, ...phases(warmupSeconds, seconds)])
  },
  grpc: ({ authority, concurrency, seconds, elements }) => {
    const model = ['--protocol', 'oip-grpc', '--model', 'null', '--shape', `INPUT:${elements}`]
    const load = [
      '--concurrency',
      String(concurrency),
      '--connections',
      '1',
      ...phases(WARMUP_SECONDS, seconds),
    ]
    return quick(`http://${authority}`, [...model, ...load])
  },
  triton: ({ http, grpc, protocol, concurrency, seconds, elements }) => ({
    arguments: [process.execPath, CLI, 'run', TRITON, '--reporter', 'json'],
    environment: {
      BENCH_TRITON: JSON.stringify({
        http,
        grpc,
        protocol,
        concurrency,
        elements,
        warmup: `${WARMUP_SECONDS}s`,
        duration: `${seconds - WARMUP_SECONDS}s`,
      }),
    },
    parse: parseTritonRun,
  }),
  once: ({ url }) => ({
    arguments: [process.execPath, CLI, 'run', ONCE, '--reporter', 'json'],
    environment: { BENCH_URL: url },
    parse: () => ({}),
  }),
}

function post(bodyFile: string): string[] {
  return ['--method', 'POST', '--header', 'content-type: application/json', '--body', `@${bodyFile}`]
}

function phases(warmupSeconds: number, seconds: number): string[] {
  return ['--warmup', `${warmupSeconds}s`, '--duration', `${seconds - warmupSeconds}s`]
}
