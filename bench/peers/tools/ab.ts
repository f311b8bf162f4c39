import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { findNumber, needNumber, versionOf } from './text.ts'

/** ab knows whole milliseconds only. */
export function parseAb(stdout: string): Told {
  const percentile = (p: string) => {
    const millis = findNumber(stdout, new RegExp(`^\\s+${p}%\\s+(\\d+)`, 'm'))
    return millis === undefined ? undefined : millis * 1e6
  }
  const bad = findNumber(stdout, /Non-2xx responses:\s+(\d+)/) ?? 0
  return {
    throughput: needNumber(stdout, /Requests per second:\s+([\d.]+)/),
    count: needNumber(stdout, /Complete requests:\s+(\d+)/) - bad,
    errors: needNumber(stdout, /Failed requests:\s+(\d+)/) + bad,
    p50: percentile('50'),
    p90: percentile('90'),
    p99: percentile('99'),
    max: percentile('100'),
  }
}

export const ab: Tool = {
  name: 'ab',
  find: () => findExecutable('ab'),
  version: () => versionOf('ab', '-V'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: [
      ['ab', '-q', '-k', '-c', String(concurrency), '-t', String(seconds), '-n', '10000000'],
      timeoutSeconds === undefined ? [] : ['-s', String(timeoutSeconds)],
      ['-p', bodyFile, '-T', 'application/json', url],
    ].flat(),
    parse: parseAb,
  }),
  once: ({ url, bodyFile }) => ({
    arguments: ['ab', '-q', '-c', '1', '-n', '1', '-p', bodyFile, '-T', 'application/json', url],
    parse: parseAb,
  }),
}
