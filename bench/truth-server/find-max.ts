/**
 * How near the answer of a capacity search comes to the capacity of a real truth server: one worker of 10 ms, so 100
 * requests per second; an evenly paced load below that never waits, one above it waits longer and longer.
 *
 *   node bench/truth-server/find-max.ts [--runs 5]
 *
 * Needs the built command line. Exits with 1 when an answer is further than 2 % away.
 */
import { spawn } from 'node:child_process'
import { globSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { createTruthServer } from '../../packages/core/src/testing.ts'
import { describeMachine, quietWindow } from '../peers/machine.ts'
import { markdownTable } from '../peers/table.ts'

const CAPACITY = 100
const ROOT = join(import.meta.dirname, '../..')
const BENCH = `import { constantRate, findMax, http, scenario } from 'servebench'
scenario('capacity', {
  target: http({ url: process.env.TARGET_URL ?? '' }),
  load: constantRate({ rate: 1 }),
  search: findMax({ vary: 'rate', from: 47, to: 400, precision: 0.01, confirm: '10s' }),
  slo: { p95: '30ms' },
  warmup: '1s', duration: '5s', cooldown: '500ms',
})
`

interface Search {
  readonly outcome: string
  readonly message: string | null
  readonly answer: { readonly value: number } | null
  readonly probes: readonly unknown[]
}

async function search(url: string): Promise<Search> {
  const folder = mkdtempSync(join(tmpdir(), 'servebench-find-max-'))
  try {
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'))
    writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
    writeFileSync(join(folder, 'capacity.bench.ts'), BENCH)
    const cli = join(ROOT, 'packages/core/bin/servebench.js')
    const child = spawn(process.execPath, [cli, 'run', '--output', 'out'], {
      cwd: folder,
      env: { ...process.env, TARGET_URL: url },
      stdio: ['ignore', 'ignore', 'inherit'],
    })
    await new Promise((resolve) => child.once('exit', resolve))
    const [result] = globSync('out/*/result.json', { cwd: folder })
    const { searches } = JSON.parse(readFileSync(join(folder, result as string), 'utf8')) as {
      searches: [Search]
    }
    return searches[0]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const { values } = parseArgs({ options: { runs: { type: 'string', default: '5' } } })
const rows: string[][] = []
let worst = 0
for (let run = 1; run <= Number(values.runs); run += 1) {
  await quietWindow(0.25, 30)
  await using server = await createTruthServer({ program: { servers: 1, service: '10ms' } })
  const { outcome, answer, probes, message } = await search(server.url)
  const off = answer === null ? Infinity : answer.value / CAPACITY - 1
  worst = Math.max(worst, Math.abs(off))
  rows.push([
    String(run),
    outcome,
    answer === null ? (message ?? '–') : `${answer.value.toFixed(2)}/s`,
    answer === null ? '–' : `${(100 * off).toFixed(2)} %`,
    String(probes.length),
  ])
}
console.log(
  `${describeMachine()}\n\n${markdownTable(['run', 'outcome', 'answer', 'off by', 'probes'], rows)}`,
)
process.exitCode = worst <= 0.02 ? 0 : 1
