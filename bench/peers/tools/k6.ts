import { fileURLToPath } from 'node:url'
import { findExecutable } from '../native.ts'
import type { Command, Tool, Told } from '../tool.ts'
import { embeddedJson, versionOf } from './text.ts'

const SCRIPT = fileURLToPath(new URL('../scripts/k6.js', import.meta.url))

type Values = Readonly<Record<string, number>>
interface Report {
  readonly metrics: Readonly<Record<string, { readonly values: Values }>>
}

export function parseK6(stdout: string): Told {
  const { metrics } = embeddedJson(stdout) as Report
  const values = (name: string): Values => metrics[name]?.values ?? {}
  const times = 'grpc_req_duration' in metrics ? values('grpc_req_duration') : values('http_req_duration')
  const { rate, count = 0 } = values('iterations')
  if (rate === undefined) throw new Error('k6 says nothing about iterations.')
  const failed = values('http_req_failed')['passes'] ?? 0
  const at = (key: string) => (times[key] === undefined ? undefined : times[key] * 1e6)
  return {
    throughput: rate,
    count: count - failed,
    errors: failed,
    p50: at('med'),
    p90: at('p(90)'),
    p99: at('p(99)'),
    p999: at('p(99.9)'),
    max: at('max'),
    more: { dropped: values('dropped_iterations')['count'] ?? 0 },
  }
}

function run(environment: Record<string, string>): Command {
  const settings = Object.entries(environment).flatMap(([name, value]) => ['-e', `${name}=${value}`])
  return { arguments: ['k6', 'run', '-q', '--no-usage-report', ...settings, SCRIPT], parse: parseK6 }
}

export const k6: Tool = {
  name: 'k6',
  find: () => findExecutable('k6'),
  version: () => versionOf('k6', 'version'),
  closed: ({ url, bodyFile, concurrency, seconds, timeoutSeconds }) =>
    run({
      URL: url,
      BODY: bodyFile,
      SECONDS: String(seconds),
      CONCURRENCY: String(concurrency),
      ...(timeoutSeconds === undefined ? {} : { TIMEOUT: `${timeoutSeconds}s` }),
    }),
  rate: ({ url, bodyFile, rate, seconds }) =>
    run({ URL: url, BODY: bodyFile, SECONDS: String(seconds), RATE: String(rate) }),
  once: ({ url, bodyFile }) => run({ URL: url, BODY: bodyFile, ITERATIONS: '1' }),
}
