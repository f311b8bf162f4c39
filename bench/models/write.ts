/**
 * What writing a model costs: megabytes per second, beside what the disk takes at all, and the memory, which must not grow
 * with the model. Each model is written by a process of its own and removed again. Exits with 1 when a bound is broken.
 *
 *     node --conditions=servebench-source bench/models/write.ts [layers of 1024 x 1024] [folder]
 */
import { spawnSync } from 'node:child_process'
import { randomFillSync } from 'node:crypto'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModelFiles } from '../../packages/plugin-models/src/model-file.ts'
import { onnxModel, type OnnxModelOptions } from '../../packages/plugin-models/src/onnx-model.ts'

const MIB = 1024 * 1024
const SMALL = 32
/** Bytes per second that a large model is written with, at least, or this share of what the disk takes. */
const LEAST_SPEED = 300e6
const LEAST_SHARE = 0.7
/** A large model may need this much more memory than a small one. */
const MOST_EXTRA = 192 * MIB

interface Costs {
  readonly bytes: number
  readonly files: number
  readonly seconds: number
  /** Seconds of processors, which depend less on what else the machine does. */
  readonly processor: number
  /** Largest resident set of the process, bytes. */
  readonly memory: number
}

const [mode, ...rest] = process.argv.slice(2)
if (mode === '--measure') {
  console.log(
    JSON.stringify(await measure(JSON.parse(rest[0] as string) as OnnxModelOptions, rest[1] as string)),
  )
} else compare(Number(mode ?? 2048), rest[0] ?? tmpdir())

function compare(layers: number, parent: string): void {
  const folder = mkdtempSync(join(parent, 'servebench-models-'))
  const mlp = { family: 'mlp', inputs: 1024, width: 1024 } as const
  try {
    const small = report({ ...mlp, layers: SMALL }, folder)
    const large = report({ ...mlp, layers }, folder)
    const disk = measureDisk(join(folder, 'plain'), large.bytes)
    console.log(
      `The disk takes ${(disk / 1e6).toFixed(0)} MB/s in plain writes of as many bytes as the large model has.`,
    )
    report({ ...mlp, layers: Math.ceil(layers / 4), precision: 'fp16' }, folder)
    report({ ...mlp, layers: Math.ceil(layers / 4), precision: 'int8' }, folder)
    const least = Math.min(LEAST_SPEED, LEAST_SHARE * disk)
    if (large.bytes / large.seconds < least) fail(`slower than ${(least / 1e6).toFixed(0)} MB/s`)
    if (large.memory - small.memory > MOST_EXTRA) fail(`with ${MOST_EXTRA / MIB} MiB more than the small one`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function report(model: OnnxModelOptions, folder: string): Costs {
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
  console.log(
    `${precision.padEnd(4)} ${(cost.bytes / 1e9).toFixed(2)} GB in ${cost.files} file(s): ` +
      `${cost.seconds.toFixed(1)} s (${cost.processor.toFixed(1)} s of processors), ` +
      `${(cost.bytes / cost.seconds / 1e6).toFixed(0)} MB/s, peak memory ${(cost.memory / MIB).toFixed(0)} MiB`,
  )
  return cost
}

function fail(reason: string): void {
  console.log(`broken: the large model was written ${reason}`)
  process.exitCode = 1
}

/** Bytes per second of plain writes. */
function measureDisk(path: string, bytes: number): number {
  const block = randomFillSync(Buffer.alloc(4 * MIB))
  const before = performance.now()
  const file = openSync(path, 'wx')
  for (let written = 0; written < bytes; written += block.length) writeSync(file, block)
  closeSync(file)
  const seconds = (performance.now() - before) / 1000
  rmSync(path)
  return bytes / seconds
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
