import { fileURLToPath } from 'node:url'
import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

const PROTO = fileURLToPath(new URL('../../servers/null-model/null-model.proto', import.meta.url))

interface Report {
  readonly rps: number
  readonly count: number
  readonly average: number
  readonly slowest: number
  readonly latencyDistribution: readonly { readonly percentage: number; readonly latency: number }[] | null
  readonly statusCodeDistribution: Readonly<Record<string, number>>
}

export function parseGhz(stdout: string): Told {
  const { rps, count, average, slowest, latencyDistribution, statusCodeDistribution } = embeddedJson(
    stdout,
  ) as Report
  const at = new Map((latencyDistribution ?? []).map(({ percentage, latency }) => [percentage, latency]))
  const good = statusCodeDistribution['OK'] ?? 0
  return {
    throughput: rps,
    count: good,
    errors: count - good,
    mean: average,
    p50: at.get(50),
    p90: at.get(90),
    p99: at.get(99),
    max: slowest,
  }
}

export const ghz: Tool = {
  name: 'ghz',
  find: () => findExecutable('ghz'),
  version: () => versionOf('ghz', '--version'),
  grpc: ({ authority, concurrency, seconds, messageFile }) => ({
    arguments: [
      ['ghz', '--insecure', '--proto', PROTO, '--call', 'inference.GRPCInferenceService.ModelInfer'],
      [
        '-B',
        messageFile,
        '-c',
        String(concurrency),
        '--connections',
        '1',
        '-z',
        `${seconds}s`,
        '-O',
        'json',
        authority,
      ],
    ].flat(),
    parse: parseGhz,
  }),
}
