import { fileURLToPath } from 'node:url'
import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { find, findNumber, nanos, needNumber, versionOf } from './text.ts'

const SCRIPT = fileURLToPath(new URL('../scripts/post.lua', import.meta.url))

export function parseWrk(stdout: string): Told {
  // wrk writes `99%`, wrk2 `99.000%`.
  const percentile = (digits: string) => {
    const text = find(stdout, new RegExp(`^\\s*${digits}%\\s+([\\d.]+(?:us|ms|s|m))\\s*$`, 'm'))
    return text === undefined ? undefined : nanos(text)
  }
  const max = find(stdout, /Latency\s+\S+\s+\S+\s+([\d.]+(?:us|ms|s|m))/)
  const socketErrors = /Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)/.exec(stdout)
  const bad = findNumber(stdout, /Non-2xx or 3xx responses: (\d+)/) ?? 0
  return {
    throughput: needNumber(stdout, /Requests\/sec:\s+([\d.]+)/),
    count: needNumber(stdout, /(\d+) requests in/) - bad,
    errors: bad + (socketErrors?.slice(1).reduce((sum, text) => sum + Number(text), 0) ?? 0),
    p50: percentile('50(?:\\.0+)?'),
    p90: percentile('90(?:\\.0+)?'),
    p99: percentile('99(?:\\.0+)?'),
    p999: percentile('99\\.90*'),
    max: max === undefined ? undefined : nanos(max),
  }
}

/** One thread for one connection, else two, its default. */
export const wrk: Tool = {
  name: 'wrk',
  find: () => findExecutable('wrk'),
  version: () => versionOf('wrk', '--version'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: [
      'wrk',
      `-t${concurrency === 1 ? 1 : 2}`,
      `-c${concurrency}`,
      `-d${seconds}s`,
      timeoutSeconds === undefined ? [] : ['--timeout', `${timeoutSeconds}s`],
      '--latency',
      '-s',
      SCRIPT,
      url,
    ].flat(),
    environment: { BODY: bodyFile },
    parse: parseWrk,
  }),
}

/** The constant-rate fork of wrk. */
export const wrk2: Tool = {
  name: 'wrk2',
  find: () => findExecutable('wrk2'),
  version: () => versionOf('wrk2', '--version'),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: ['wrk2', '-t2', '-c16', `-d${seconds}s`, `-R${rate}`, '-L', '-s', SCRIPT, url],
    environment: { BODY: bodyFile },
    parse: parseWrk,
  }),
}
