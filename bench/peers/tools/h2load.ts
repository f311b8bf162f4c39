import { findExecutable } from '../native.ts'
import type { Tool, Told } from '../tool.ts'
import { nanos, needNumber, versionOf } from './text.ts'

/** h2load prints minimum, maximum and mean, no percentiles. */
export function parseH2load(stdout: string): Told {
  const times = /time for request:\s+(\S+)\s+(\S+)\s+(\S+)/.exec(stdout)
  if (!times) throw new Error(`No times in: ${stdout.slice(-300)}`)
  return {
    throughput: needNumber(stdout, /finished in [\d.]+(?:s|ms|us), ([\d.]+) req\/s/),
    count: needNumber(stdout, /(\d+) succeeded/),
    errors: needNumber(stdout, /(\d+) failed/),
    max: nanos(times[2] as string),
    mean: nanos(times[3] as string),
  }
}

export const h2load: Tool = {
  name: 'h2load',
  find: () => findExecutable('h2load'),
  version: () => versionOf('h2load', '--version'),
  grpc: ({ authority, concurrency, seconds, framedFile }) => ({
    arguments: [
      ['h2load', '-c1', '-t1', '-m', String(concurrency), '-D', String(seconds), '-d', framedFile],
      ['-H', 'content-type: application/grpc', '-H', 'te: trailers'],
      `http://${authority}/inference.GRPCInferenceService/ModelInfer`,
    ].flat(),
    parse: parseH2load,
  }),
  rate: ({ url, bodyFile, rate, seconds }) => ({
    arguments: [
      ['h2load', '--h1', '-c16', '-t1', '-D', String(seconds), `--rps=${rate / 16}`],
      ['-H', 'content-type: application/json', '-d', bodyFile, url],
    ].flat(),
    parse: parseH2load,
  }),
}
