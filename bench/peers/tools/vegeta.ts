import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

interface Report {
  readonly throughput: number
  readonly requests: number
  readonly latencies: Readonly<Record<'mean' | '50th' | '90th' | '99th' | 'max', number>>
  readonly status_codes: Readonly<Record<string, number>>
}

export function parseVegeta(stdout: string): Told {
  const { throughput, requests, latencies, status_codes: statuses } = embeddedJson(stdout) as Report
  const good = Object.entries(statuses)
    .filter(([status]) => /^[23]/.test(status))
    .reduce((sum, [, count]) => sum + count, 0)
  return {
    throughput,
    count: good,
    errors: requests - good,
    mean: latencies.mean,
    p50: latencies['50th'],
    p90: latencies['90th'],
    p99: latencies['99th'],
    max: latencies.max,
  }
}

/** Two programs and a pipe. The URL and the path of the body are ours, not a stranger's. */
function pipeline(url: string, bodyFile: string, flags: string): string[] {
  const targets = `printf 'POST %s\\nContent-Type: application/json\\n@%s\\n' '${url}' '${bodyFile}'`
  return ['sh', '-c', `${targets} | vegeta attack -max-body=0 ${flags} | vegeta report -type=json`]
}

export const vegeta: Tool = {
  name: 'vegeta',
  find: () => findExecutable('vegeta'),
  version: () => versionOf('vegeta', '-version'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: pipeline(
      url,
      bodyFile,
      `-rate=0 -workers=${concurrency} -max-workers=${concurrency} -connections=${concurrency} -duration=${seconds}s` +
        (timeoutSeconds === undefined ? '' : ` -timeout=${timeoutSeconds}s`),
    ),
    parse: parseVegeta,
  }),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: pipeline(url, bodyFile, `-rate=${rate} -duration=${seconds}s`),
    parse: parseVegeta,
  }),
  once: ({ url, bodyFile }) => ({
    arguments: pipeline(url, bodyFile, '-rate=1 -duration=1s'),
    parse: parseVegeta,
  }),
}
