import { fileURLToPath } from 'node:url'
import { findExecutable } from '../native.ts'
import type { Command, Post, Tool, Told } from '../tool.ts'
import { versionOf } from './text.ts'

const SCRIPT = fileURLToPath(new URL('../scripts/locustfile.py', import.meta.url))

/** Its tables go to standard error: the last ones are the summary. */
export function parseLocust(_stdout: string, stderr: string): Told {
  const totals = [
    ...stderr.matchAll(
      /^\s+Aggregated\s+(\d+)\s+(\d+)\([\d.]+%\) \|\s+\d+\s+\d+\s+(\d+)\s+\d+ \|\s+([\d.]+)/gm,
    ),
  ].at(-1)
  const percentiles = [...stderr.matchAll(/^\s+Aggregated((?:\s+\d+){11})\s+\d+\s*$/gm)]
    .at(-1)?.[1]
    ?.trim()
    .split(/\s+/)
  if (!totals || !percentiles) throw new Error(`No summary in: ${stderr.slice(-300)}`)
  const at = (column: number) => Number(percentiles[column]) * 1e6
  return {
    count: Number(totals[1]) - Number(totals[2]),
    errors: Number(totals[2]),
    throughput: Number(totals[4]),
    p50: at(0),
    p90: at(4),
    p99: at(7),
    p999: at(8),
    max: Number(totals[3]) * 1e6,
  }
}

function run({ url, bodyFile }: Post, users: number, seconds: number, ratePerUser: number): Command {
  return {
    arguments: [
      ['locust', '-f', SCRIPT, '--headless', '--only-summary', '-u', String(users), '-r', '1000'],
      ['-t', `${seconds}s`, '-H', new URL(url).origin],
    ].flat(),
    environment: { BODY: bodyFile, RATE_PER_USER: String(ratePerUser) },
    parse: parseLocust,
  }
}

export const locust: Tool = {
  name: 'locust',
  find: () => findExecutable('locust'),
  version: () => versionOf('locust', '--version'),
  closed: (job) => run(job, job.concurrency, job.seconds, 0),
  rate: (job) => run(job, 50, job.seconds, job.rate / 50),
  once: (job) => run(job, 1, 1, 1),
}
