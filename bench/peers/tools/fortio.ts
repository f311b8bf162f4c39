import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

interface Report {
  readonly ActualQPS: number
  readonly DurationHistogram: {
    readonly Count: number
    readonly Max: number
    readonly Percentiles: readonly { readonly Percentile: number; readonly Value: number }[] | null
  }
  readonly RetCodes: Readonly<Record<string, number>>
}

export function parseFortio(stdout: string): Told {
  const { ActualQPS, DurationHistogram: histogram, RetCodes } = embeddedJson(stdout) as Report
  const at = new Map<number, number>(
    (histogram.Percentiles ?? []).map(({ Percentile, Value }) => [Percentile, Value * 1e9]),
  )
  const good = ['200', 'SERVING', '0', 'OK'].reduce((sum, code) => sum + (RetCodes[code] ?? 0), 0)
  return {
    throughput: ActualQPS,
    count: good,
    errors: histogram.Count - good,
    p50: at.get(50),
    p90: at.get(90),
    p99: at.get(99),
    p999: at.get(99.9),
    max: histogram.Max * 1e9,
    more: { codes: RetCodes },
  }
}

const report = ['-quiet', '-loglevel', 'error', '-p', '50,90,99,99.9', '-json', '-']
const post = (bodyFile: string) => ['-content-type', 'application/json', '-payload-file', bodyFile]

export const fortio: Tool = {
  name: 'fortio',
  find: () => findExecutable('fortio'),
  version: () => versionOf('fortio', 'version'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) => ({
    arguments: [
      ['fortio', 'load', ...report, '-qps', '0', '-c', String(concurrency), '-t', `${seconds}s`],
      timeoutSeconds === undefined ? [] : ['-timeout', `${timeoutSeconds}s`],
      post(bodyFile),
      url,
    ].flat(),
    parse: parseFortio,
  }),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: [
      ['fortio', 'load', ...report, '-uniform', '-qps', String(rate), '-c', '16', '-t', `${seconds}s`],
      post(bodyFile),
      url,
    ].flat(),
    parse: parseFortio,
  }),
  once: ({ url, bodyFile }) => ({
    arguments: ['fortio', 'load', ...report, '-n', '1', '-c', '1', '-qps', '0', ...post(bodyFile), url],
    parse: parseFortio,
  }),
}
