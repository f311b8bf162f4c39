/**
 * `npm run bench:overhead`: the share of a study that is neither measuring nor the server's own starts and reloads, on the
 * project's ONNX server and on a real Triton, with trials of 5 s (`-- --duration 2s` is quicker). Exits with 1 above 5 %.
 * The share is of the whole command, from its start to its end, with what `run.time` does not see: imports, the plan, reports.
 */
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readResult } from 'servebench/node'
import { Triton } from '../../test/servers/support/triton.ts'

const MOST = 0.05
const here = import.meta.dirname
const root = join(here, '../..')
const { values } = parseArgs({
  options: { duration: { type: 'string', default: '5s' }, only: { type: 'string' } },
})
const scratch = mkdtempSync(join(tmpdir(), 'servebench-overhead-'))

async function tune(
  server: 'onnx' | 'triton',
  url?: Pick<Triton, 'http' | 'grpc' | 'metrics'>,
): Promise<void> {
  const output = join(scratch, server)
  const began = performance.now()
  const child = spawn(
    process.execPath,
    [
      join(root, 'packages/core/bin/servebench.js'),
      'tune',
      'overhead',
      '--fresh',
      '--no-config',
      '--output',
      output,
      '--reporter',
      'console',
    ],
    {
      cwd: here,
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, BENCH_OVERHEAD: JSON.stringify({ duration: values.duration, server, url }) },
    },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  const whole = (performance.now() - began) * 1e6
  // A machine that others use makes measurements invalid (3); what they cost is the same.
  if (code !== 0 && code !== 3) throw new Error(`servebench tune ended with ${code}.`)
  const { run, trials } = await readResult(output)
  if (run.time === undefined) throw new Error('The result does not say where the time went.')
  const { total, measuring, servers, ...parts } = run.time
  const rest = whole - measuring - servers
  const share = (nanos: number): string => `${((100 * nanos) / whole).toFixed(2)} %`
  const isFine = rest / whole <= MOST
  if (!isFine) process.exitCode = 1
  const detail = Object.entries({ ...parts, 'outside the run': whole - total })
    .map(([name, nanos]) => `${name} ${share(nanos)}`)
    .join(', ')
  process.stdout.write(
    `${isFine ? '✓' : '✗'} ${server.padEnd(7)} ${(whole / 1e9).toFixed(0)} s, ${trials.length} trials: measuring ${share(measuring)}, servers ${share(servers)}, rest ${share(rest)} (${detail})\n`,
  )
}

try {
  if (values.only !== 'triton') await tune('onnx')
  if (values.only !== 'onnx') {
    const { status } = spawnSync(join(root, 'servers/triton/install.sh'), { stdio: 'inherit' })
    if (status !== 0) process.exit(status ?? 1)
    await using server = await Triton.start(['--model-control-mode=explicit', '--load-model=identity'])
    await tune('triton', { http: server.http, grpc: server.grpc, metrics: server.metrics })
  }
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
