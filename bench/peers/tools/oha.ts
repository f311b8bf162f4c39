import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

const nanosOf = (seconds: number | null | undefined) =>
  seconds === null || seconds === undefined ? undefined : seconds * 1e9

const sum = (counts: Readonly<Record<string, number>>) =>
  Object.values(counts).reduce((total, count) => total + count, 0)

interface Report {
  readonly summary: {
    readonly requestsPerSec: number
    readonly slowest: number
    readonly successRate: number
  }
  readonly latencyPercentiles: Readonly<Record<string, number | null>>
  readonly statusCodeDistribution: Readonly<Record<string, number>>
  readonly errorDistribution: Readonly<Record<string, number>>
}

export function parseOha(stdout: string): Told {
  const {
    summary,
    latencyPercentiles: at,
    statusCodeDistribution,
    errorDistribution,
  } = embeddedJson(stdout) as Report
  const bad = Object.entries(statusCodeDistribution).filter(([status]) => !/^[23]/.test(status))
  return {
    throughput: summary.requestsPerSec,
    count: sum(statusCodeDistribution) - sum(Object.fromEntries(bad)),
    errors: sum(errorDistribution) + sum(Object.fromEntries(bad)),
    p50: nanosOf(at['p50']),
    p90: nanosOf(at['p90']),
    p99: nanosOf(at['p99']),
    p999: nanosOf(at['p99.9']),
    max: nanosOf(summary.slowest),
    more: { errors: errorDistribution, successRate: summary.successRate },
  }
}

const JSON_OUTPUT = ['oha', '--no-tui', '--output-format', 'json']

const post = (bodyFile: string) => ['-m', 'POST', '-T', 'application/json', '-D', bodyFile]

function ohaWith(name: string, rateFlags: readonly string[]): Tool {
  return {
    name,
    find: () => findExecutable('oha'),
    version: () => versionOf('oha', '--version'),
    rate: ({ url, bodyFile, rate, seconds }) => {
      const schedule = ['-z', `${seconds}s`, '-c', '64', '-q', String(rate), ...rateFlags]
      return { arguments: [...JSON_OUTPUT, ...schedule, ...post(bodyFile), url], parse: parseOha }
    },
  }
}

export const oha: Tool = {
  ...ohaWith('oha', ['--latency-correction']),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => {
    const load = ['-z', `${seconds}s`, '-c', String(concurrency), ...post(bodyFile)]
    if (timeoutSeconds !== undefined) load.push('-t', `${timeoutSeconds}s`)
    return { arguments: [...JSON_OUTPUT, ...load, url], parse: parseOha }
  },
  once: ({ url, bodyFile }) => ({
    arguments: [...JSON_OUTPUT, '-n', '1', '-c', '1', ...post(bodyFile), url],
    parse: parseOha,
  }),
}

/** As most people run it: its correction for coordinated omission is an option. */
export const ohaUncorrected: Tool = ohaWith('oha (default)', [])
