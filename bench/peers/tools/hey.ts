import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { findNumber, needNumber } from './text.ts'

export function parseHey(stdout: string): Told {
  const seconds = (pattern: RegExp) => {
    const value = findNumber(stdout, pattern)
    return value === undefined ? undefined : value * 1e9
  }
  const statuses = [...stdout.matchAll(/^\s*\[(\d{3})\]\s+(\d+) responses/gm)]
  const ok = statuses.filter(([, status]) => status?.startsWith('2'))
  const total = (list: typeof statuses) => list.reduce((sum, [, , count]) => sum + Number(count), 0)
  // The error distribution: `[count]` and a sentence.
  const failed = [...stdout.matchAll(/^\s*\[(\d+)\]\s+(?!\d+ responses)/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  )
  return {
    throughput: needNumber(stdout, /Requests\/sec:\s+([\d.]+)/),
    count: total(ok),
    errors: failed + total(statuses) - total(ok),
    p50: seconds(/50%+ in ([\d.]+) secs/),
    p90: seconds(/90%+ in ([\d.]+) secs/),
    p99: seconds(/99%+ in ([\d.]+) secs/),
    max: seconds(/Slowest:\s+([\d.]+) secs/),
  }
}

const post = (bodyFile: string) => ['-m', 'POST', '-T', 'application/json', '-D', bodyFile]

export const hey: Tool = {
  name: 'hey',
  find: () => findExecutable('hey'),
  // hey does not know its version.
  version: () => 'unversioned',
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: [
      ['hey', '-z', `${seconds}s`, '-c', String(concurrency)],
      timeoutSeconds === undefined ? [] : ['-t', String(timeoutSeconds)],
      post(bodyFile),
      url,
    ].flat(),
    parse: parseHey,
  }),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: ['hey', '-z', `${seconds}s`, '-c', '16', '-q', String(rate / 16), ...post(bodyFile), url],
    parse: parseHey,
  }),
  once: ({ url, bodyFile }) => ({
    arguments: ['hey', '-n', '1', '-c', '1', ...post(bodyFile), url],
    parse: parseHey,
  }),
}
