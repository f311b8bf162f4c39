import { fileURLToPath } from 'node:url'
import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { needNumber, versionOf } from './text.ts'

/** Where `servers/triton/install.sh --perf-analyzer` puts it. */
const INSTALLED = fileURLToPath(new URL('../../../.servers/triton/bin/perf_analyzer', import.meta.url))
const NANOS_PER_MICROSECOND = 1000
/** Its usual rule: three windows in a row. */
const WINDOWS = 3

const find = (): string | null => findExecutable('perf_analyzer') ?? findExecutable(INSTALLED)

/** The text that it prints for one level of concurrency. */
export function parsePerfAnalyzer(stdout: string): Told {
  const nanos = (pattern: RegExp): number => needNumber(stdout, pattern) * NANOS_PER_MICROSECOND
  return {
    throughput: needNumber(stdout, /Throughput: ([\d.]+) infer\/sec/),
    count: needNumber(stdout, /Request count: (\d+)/),
    mean: nanos(/Avg latency: (\d+) usec/),
    p50: nanos(/p50 latency: (\d+) usec/),
    p90: nanos(/p90 latency: (\d+) usec/),
    p99: nanos(/p99 latency: (\d+) usec/),
    more: {
      server: {
        queue: nanos(/\+ queue (\d+) usec/),
        input: nanos(/compute input (\d+) usec/),
        infer: nanos(/compute infer (\d+) usec/),
        output: nanos(/compute output (\d+) usec/),
      },
    },
  }
}

export const perfAnalyzer: Tool = {
  name: 'perf_analyzer',
  warmsUp: true,
  find,
  version: () => versionOf(find() ?? 'perf_analyzer', '--version'),
  triton: ({ http, grpc, protocol, concurrency, seconds, elements }) => ({
    arguments: [
      [find() ?? 'perf_analyzer', '-m', 'identity', '-i', protocol],
      ['-u', new URL(protocol === 'grpc' ? grpc : http).host],
      ['--shape', `INPUT:${elements}`, '--concurrency-range', String(concurrency)],
      // Its longest run is then as long as that of the others; any spread between windows will do.
      ['-p', String(Math.round((seconds * 1000) / WINDOWS)), '-r', String(WINDOWS), '-s', '999'],
    ].flat(),
    parse: parsePerfAnalyzer,
  }),
}
