/**
 * What data sets cost: reading a large file through for a shuffled choice, in memory that does not grow with the file.
 * Each size is measured in a process of its own. Exits with 1 when a bound is broken.
 *
 *     node --conditions=servebench-source bench/inputs/datasets.ts [MiB]
 */
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSource } from '../../packages/core/src/builtin/inputs/source.ts'

const MIB = 1024 * 1024
const SMALL = 64
/** A large file may need this many times the memory of a small one. */
const MOST_RATIO = 1.25
const LIMIT = { count: 64, bytes: 256 * MIB }
const LINES = {
  csv: (row: number) => `${row},"row ${row}",${row / 7},${row % 13}\n`,
  jsonl: (row: number) => `{"id":${row},"text":"row ${row}","x":[${row / 7},${row % 13}]}\n`,
} as const
type Format = keyof typeof LINES

const [mode, ...rest] = process.argv.slice(2)
if (mode === '--measure') console.log(JSON.stringify(await measure(rest[0] as Format, rest[1] as string)))
else compare(Number(mode ?? 512))

function compare(large: number): void {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-datasets-'))
  try {
    for (const format of Object.keys(LINES) as Format[]) {
      const memory = [SMALL, large].map((size) => {
        const file = join(folder, `${size}.${format}`)
        write(file, format, size * MIB)
        const { milliseconds, rows, memory } = measureApart(format, file)
        console.log(
          `${format}, ${size} MiB: ${rows} rows in ${(milliseconds / 1000).toFixed(2)} s (${((size * MIB) / milliseconds / 1e3).toFixed(0)} MB/s), ${(memory / MIB).toFixed(0)} MiB`,
        )
        return memory
      })
      const ratio = (memory[1] as number) / (memory[0] as number)
      const holds = ratio <= MOST_RATIO
      console.log(
        `${holds ? 'ok    ' : 'BROKEN'} ${ratio.toFixed(2)} times the memory for ${(large / SMALL).toFixed(0)} times the file`,
      )
      if (!holds) process.exitCode = 1
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function measureApart(
  format: Format,
  file: string,
): { readonly milliseconds: number; readonly rows: number; readonly memory: number } {
  const args = [...process.execArgv, import.meta.filename, '--measure', format, file]
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return JSON.parse(stdout) as ReturnType<typeof measureApart>
}

async function measure(format: Format, file: string): Promise<ReturnType<typeof measureApart>> {
  const start = performance.now()
  const options = { format, file, root: '/', limit: LIMIT, shuffle: 1, json: true }
  const source = await createSource({ kind: 'dataset', options, metadata: null })
  return {
    milliseconds: performance.now() - start,
    rows: source.datasets?.[0]?.rows ?? 0,
    memory: process.resourceUsage().maxRSS * 1024,
  }
}

function write(file: string, format: Format, size: number): void {
  const descriptor = openSync(file, 'w')
  let lines = format === 'csv' ? 'id,text,x,y\n' : ''
  for (let row = 0, written = 0; written < size; row++) {
    lines += LINES[format](row)
    if (lines.length < MIB) continue
    written += writeSync(descriptor, lines)
    lines = ''
  }
  closeSync(descriptor)
}
