import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { readResult } from 'servebench/node'
import { Triton } from '../../test/servers/support/triton.ts'
import { describeMachine } from '../peers/machine.ts'
import { bestRow, readRows, writeSettings } from './analyzer.ts'

/**
 * `npm run bench:model-analyzer`: `servebench tune` beside Model Analyzer, in turns, on the same real Triton, by the same
 * file: that of Model Analyzer. Installs both first; `-- --rounds 1` takes three minutes.
 */
const here = import.meta.dirname
const root = join(here, '../..')
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '2' }, 'no-write': { type: 'boolean', default: false } },
})
const scratch = mkdtempSync(join(tmpdir(), 'servebench-model-analyzer-'))

interface Outcome {
  readonly tool: string
  readonly round: number
  /** As `instances=2 maxBatchSize=8`; `null` where nothing keeps the constraint. */
  readonly best: string | null
  readonly throughput: number | null
  /** ms */
  readonly p99: number | null
  /** Loads at which a configuration was measured, repetitions included. */
  readonly measurements: number
  readonly seconds: number
  readonly said: string
  /** Whether the model's configuration afterwards was the one before. */
  readonly isRestored: boolean
}

type Told = Omit<Outcome, 'isRestored'>

async function run(
  command: string,
  args: readonly string[],
  { env = {}, ok }: { readonly env?: Readonly<Record<string, string>>; readonly ok: readonly number[] },
): Promise<number> {
  const began = performance.now()
  const child = spawn(command, args, {
    cwd: here,
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, ...env },
  })
  let said = ''
  child.stderr.on('data', (chunk: Buffer) => (said = (said + String(chunk)).slice(-4000)))
  const [code] = (await once(child, 'exit')) as [number | null]
  if (code === null || !ok.includes(code)) throw new Error(`${command} ended with ${code}:\n${said}`)
  return (performance.now() - began) / 1000
}

interface Turn {
  readonly round: number
  /** Where the tool keeps what it writes. */
  readonly folder: string
  /** Model Analyzer's file. */
  readonly settings: string
}

async function analyze({ round, folder, settings }: Turn): Promise<Told> {
  const seconds = await run(join(root, '.servers/triton/bin/model-analyzer'), ['profile', '-f', settings], {
    ok: [0],
  })
  const rows = readRows(folder)
  const best = bestRow(rows)
  return {
    tool: 'Model Analyzer',
    round,
    best: best === null ? null : `instances=${best.instances} maxBatchSize=${best.maxBatchSize}`,
    throughput: best?.throughput ?? null,
    p99: best?.p99 ?? null,
    measurements: rows.length,
    seconds,
    said: best === null ? 'nothing keeps the constraint' : `${best.configuration} is first`,
  }
}

async function tune({ round, folder: output, settings }: Turn): Promise<Told> {
  const seconds = await run(
    process.execPath,
    [
      join(root, 'packages/core/bin/servebench.js'),
      'tune',
      '--model-analyzer',
      settings,
      '--fresh',
      '--no-config',
      '--output',
      output,
      '--reporter',
      'markdown',
      '--warmup',
      '300ms',
      '--duration',
      '1s',
    ],
    // A machine that others disturb makes single measurements invalid: the study says so and goes on.
    { ok: [0, 3] },
  )
  const { studies = [] } = await readResult(output)
  const [study] = studies
  if (study === undefined) throw new Error('servebench made no study.')
  const point = study.points.find(({ id }) => id === study.best[0])
  const measured = study.measurements[point?.best ?? -1]
  const [instances, maxBatchSize] = ['instances', 'maxBatchSize'].map(
    (name) => point?.configuration[`state.models.batched.${name}`],
  )
  return {
    tool: 'servebench',
    round,
    best: point === undefined ? null : `instances=${instances} maxBatchSize=${maxBatchSize}`,
    throughput: measured?.metrics['throughput'] ?? null,
    p99: measured === undefined ? null : (measured.metrics['responseTime.p99'] ?? Number.NaN) / 1e6,
    measurements: study.measurements.length,
    seconds,
    said: `${study.outcome}: ${study.message}`,
  }
}

function report(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map(
    ({ tool, round, best, throughput, p99, measurements, seconds, said, isRestored }) =>
      [
        tool,
        round + 1,
        best ?? '–',
        throughput?.toFixed(0) ?? '–',
        p99?.toFixed(1) ?? '–',
        measurements,
        seconds.toFixed(0),
        isRestored ? 'as before' : 'changed',
        said.replaceAll('|', '\\|'),
      ].join(' | '),
  )
  const total = (wanted: string): number =>
    outcomes.filter(({ tool }) => tool === wanted).reduce((sum, { seconds }) => sum + seconds, 0)
  return [
    '# servebench beside Model Analyzer',
    '',
    '`npm run bench:model-analyzer`: a real Triton 2.51 in explicit mode, a model that takes 10 ms for each batch and 1 ms for',
    'each row, 1 or 2 instances, batches of at most 1 or 8 rows, with dynamic batching, and the default configuration; 1, 4',
    'and 16 requests at a time over gRPC; the highest throughput with a p99 of at most 60 ms. Both read the same file, that of',
    'Model Analyzer 1.58 in remote mode (`servebench tune --model-analyzer`); servebench measures each point for 1 s after',
    '0.3 s, and the three best again in five rounds.',
    '',
    describeMachine(),
    '',
    'tool | round | best | throughput, 1/s | p99, ms | measurements | seconds | server | said',
    '--- | --: | --- | --: | --: | --: | --: | --- | ---',
    ...rows,
    '',
    `Wall time of servebench over that of Model Analyzer: ${(total('servebench') / total('Model Analyzer')).toFixed(2)}.`,
    'Server: whether the model has the configuration that it had before; Model Analyzer leaves it unloaded.',
    '',
  ].join('\n')
}

const outcomes: Outcome[] = []
try {
  await run(join(root, 'servers/triton/install.sh'), ['--model-analyzer'], { ok: [0] })
  await using server = await Triton.start(
    ['--model-control-mode=explicit', '--load-model=batched'],
    ['../../bench/model-analyzer/models'],
  )
  const configuration = (): Promise<string> =>
    server.json('GET', '/v2/models/batched/config').then(JSON.stringify, () => 'none')
  for (let round = 0; round < Number(values.rounds); round++) {
    // Neither is always first.
    for (const tool of round % 2 === 0 ? [analyze, tune] : [tune, analyze]) {
      // A plain load would keep what Model Analyzer has set.
      await server.json('POST', '/v2/repository/models/batched/unload')
      await server.json('POST', '/v2/repository/models/batched/load')
      const before = await configuration()
      const folder = join(scratch, `${tool.name}-${round}`)
      mkdirSync(folder)
      const settings = writeSettings({
        models: join(here, 'models'),
        folder,
        http: server.http,
        grpc: server.grpc,
        metrics: server.metrics,
        perfAnalyzer: join(root, '.servers/triton/bin/perf_analyzer'),
      })
      const told = await tool({ round, folder, settings })
      outcomes.push({ ...told, isRestored: (await configuration()) === before })
      process.stdout.write(`${JSON.stringify(outcomes.at(-1))}\n`)
    }
  }
  const text = report(outcomes)
  process.stdout.write(`\n${text}`)
  if (!values['no-write']) writeFileSync(join(here, 'RESULTS.md'), text)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}
