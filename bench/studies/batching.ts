/**
 * `npm run bench:batching`: `servebench tune` on the project's ONNX server with a model whose weights are most of its work, so
 * that batches pay several times over. Exits with 1 unless the study finds, within its latency budget, a configuration that
 * certainly beats the default. Takes five minutes; a machine that others use makes trials invalid.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readResult } from 'servebench/node'

const here = import.meta.dirname
const output = mkdtempSync(join(tmpdir(), 'servebench-batching-'))
const percent = (share: number): string => `${(100 * share).toFixed(0)} %`
try {
  const child = spawn(
    process.execPath,
    [
      join(here, '../../packages/core/bin/servebench.js'),
      'tune',
      'batching',
      '--fresh',
      '--no-config',
      '--output',
      output,
      '--reporter',
      'console',
    ],
    { cwd: here, stdio: ['ignore', 'inherit', 'inherit'] },
  )
  const [code] = (await once(child, 'exit')) as [number | null]
  const { studies = [] } = await readResult(output)
  const [study] = studies
  if (study === undefined) throw new Error(`servebench made no study (exit code ${code}).`)
  const point = (id: string | undefined) => study.points.find((one) => one.id === id)
  const best = point(study.best[0])
  const measured = study.measurements[best?.best ?? -1]
  const certain = best?.gainInterval ?? null
  const isBeaten =
    code === 0 &&
    (study.outcome === 'winner' || study.outcome === 'tie') &&
    !study.best.includes(study.baseline) &&
    best?.feasible === true &&
    certain !== null &&
    certain[0] > 0
  process.stdout.write(
    `${isBeaten ? '✓' : '✗'} ${study.outcome}: ${best?.name ?? 'nothing'} against ${point(study.baseline)?.name}: throughput ${best?.gain == null ? 'unknown' : `+${percent(best.gain)}`}${
      certain === null ? '' : `, at least +${percent(certain[0])}`
    }; p99 ${((measured?.metrics['responseTime.p99'] ?? Number.NaN) / 1e6).toFixed(1)} ms of 250 ms; ${study.measurements.filter(({ validity }) => validity === 'valid').length} of ${study.measurements.length} measurements valid\n`,
  )
  process.exitCode = isBeaten ? 0 : 1
} finally {
  rmSync(output, { recursive: true, force: true })
}
