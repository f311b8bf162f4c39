/**
 * What writing a model costs: megabytes per second, and the memory that it takes, which must not grow with the model. Each
 * model is written by a process of its own and removed again. Exits with 1 when a bound is broken.
 *
 *     node --conditions=servebench-source bench/models/write.ts [layers of 1024 x 1024] [folder]
 */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModelFiles } from '../../packages/plugin-models/src/model-file.ts'
import { onnxModel, type OnnxModelOptions } from '../../packages/plugin-models/src/onnx-model.ts'

const MIB = 1024 * 1024
const SMALL = 32
/** Bytes per second that a large model is written with, at least. */
const LEAST_SPEED = 300e6
/** A large model may need this much more memory than a small one. */
const MOST_EXTRA = 128 * MIB

interface Costs {
  readonly bytes: number
  readonly files: number
  readonly seconds: number
  /** Seconds of processors, which do not depend on what else the machine does. */
  readonly processor: number
  /** Largest resident set of the process, bytes. */
  readonly memory: number
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === '--measure')
  console.log(
    JSON.stringify(await measure(JSON.parse(rest[0] as string) as OnnxModelOptions, rest[1] as string)),
  )
else compare(Number(mode ?? 2048), rest[0] ?? tmpdir())

function compare(layers: number, parent: string): void {
  const folder = mkdtempSync(join(parent, 'servebench-models-'))
  const models: readonly OnnxModelOptions[] = [
    { family: 'mlp', inputs: 1024, width: 1024, layers: SMALL },
    { family: 'mlp', inputs: 1024, width: 1024, layers },
    { family: 'mlp', inputs: 1024, width: 1024, layers: Math.ceil(layers / 4), precision: 'fp16' },
    { family: 'mlp', inputs: 1024, width: 1024, layers: Math.ceil(layers / 4), precision: 'int8' },
  ]
  try {
    const costs = models.map((model) => {
      const args = [
        '--conditions=servebench-source',
        import.meta.filename,
        '--measure',
        JSON.stringify(model),
        folder,
      ]
      const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
      if (status !== 0) throw new Error(stderr)
      const cost = JSON.parse(stdout) as Costs
      const { precision = 'fp32' } = model
      const speed = `${(cost.bytes / cost.seconds / 1e6).toFixed(0)} MB/s`
      console.log(
        `${precision.padEnd(5)} ${(cost.bytes / 1e9).toFixed(2)} GB in ${cost.files} file(s): ${cost.seconds.toFixed(1)} s (${cost.processor.toFixed(1)} s of processors), ` +
          `${speed}, peak memory ${(cost.memory / MIB).toFixed(0)} MiB`,
      )
      return cost
    }) as [Costs, Costs, Costs, Costs]
    const [small, large] = costs
    if (large.bytes / large.seconds < LEAST_SPEED) fail(`slower than ${LEAST_SPEED / 1e6} MB/s`)
    if (large.memory - small.memory > MOST_EXTRA)
      fail(`more than ${MOST_EXTRA / MIB} MiB above the small one`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function fail(reason: string): void {
  console.log(`broken: the large model was written ${reason}`)
  process.exitCode = 1
}

async function measure(options: OnnxModelOptions, parent: string): Promise<Costs> {
  const folder = mkdtempSync(join(parent, 'model-'))
  try {
    const before = performance.now()
    const { size, files } = await writeModelFiles(onnxModel(options), folder)
    const seconds = (performance.now() - before) / 1000
    const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage()
    const processor = (userCPUTime + systemCPUTime) / 1e6
    return { bytes: size, files: files.length, seconds, processor, memory: maxRSS * 1024 }
  } finally {
    rmSync(folder, { recursive: true })
  }
}
