import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

interface Report {
  readonly requests: { readonly average: number; readonly total: number }
  readonly latency: Readonly<Record<'p50' | 'p90' | 'p99' | 'p99_9' | 'max', number>>
  readonly errors: number
  readonly timeouts: number
  readonly non2xx: number
}

export function parseAutocannon(stdout: string): Told {
  const { requests, latency, errors, timeouts, non2xx } = embeddedJson(stdout) as Report
  return {
    throughput: requests.average,
    count: requests.total - non2xx,
    errors: errors + non2xx,
    p50: latency.p50 * 1e6,
    p90: latency.p90 * 1e6,
    p99: latency.p99 * 1e6,
    p999: latency.p99_9 * 1e6,
    max: latency.max * 1e6,
    more: { timeouts },
  }
}

const post = (bodyFile: string) => ['-m', 'POST', '-H', 'content-type=application/json', '-i', bodyFile]

export const autocannon: Tool = {
  name: 'autocannon',
  find: () => findExecutable('autocannon'),
  version: () => versionOf('autocannon', '--version'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: [
      ['autocannon', '-n', '-j', '-c', String(concurrency), '-d', String(seconds)],
      timeoutSeconds === undefined ? [] : ['-t', String(timeoutSeconds)],
      post(bodyFile),
      url,
    ].flat(),
    parse: parseAutocannon,
  }),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: [
      'autocannon',
      '-n',
      '-j',
      '-c',
      '16',
      '-R',
      String(rate),
      '-d',
      String(seconds),
      ...post(bodyFile),
      url,
    ],
    parse: parseAutocannon,
  }),
  once: ({ url, bodyFile }) => ({
    arguments: ['autocannon', '-n', '-j', '-a', '1', '-c', '1', ...post(bodyFile), url],
    parse: parseAutocannon,
  }),
}
