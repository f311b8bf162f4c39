import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { decodeFromCompressedBase64 } from 'hdr-histogram-js'
import { readResult, runCommandLine, type Trial } from 'servebench/node'
import { createTruthServer } from 'servebench/testing'
import { everyRequest, oneUser, type View } from './closed-form.ts'

// Coordinated omission: whoever waits for an answer before the next request does not ask while the server is frozen, and
// so misses what everybody else would have felt. `node demonstration.ts [seconds of freeze]`

const INTERVAL = 10
const SERVICE = 1
const WARMUP = 500
const PERCENTILES = [50, 75, 90, 99, 99.9]
const MS = 1e6

const freeze = Number(process.argv[2] ?? 2.5) * 1000
const duration = 2 * freeze
const program = {
  service: `${SERVICE}ms`,
  // On the server's clock, which starts with the first request: that of the warm-up.
  stalls: [{ from: `${WARMUP + freeze}ms`, until: `${WARMUP + duration}ms` }],
} as const

await using closedServer = await createTruthServer({ program })
await using openServer = await createTruthServer({ program })
const results = mkdtempSync(join(tmpdir(), 'coordinated-omission-'))
process.chdir(import.meta.dirname)
Object.assign(process.env, {
  CLOSED_URL: closedServer.url,
  OPEN_URL: openServer.url,
  DURATION: `${duration}ms`,
})
try {
  process.stderr.write(
    `Two loads of ${(duration / 1000).toFixed(0)} s, on a server that is frozen for the second half of each …\n`,
  )
  const code = await runCommandLine(['run', 'frozen', '--output', results, '--reporter', 'csv'])
  // 3: the machine was busy, which the numbers then show.
  if (code !== 0 && code !== 3) process.exitCode = code
  else await show(results)
} finally {
  rmSync(results, { recursive: true })
}

async function show(folder: string): Promise<void> {
  const { trials } = await readResult(folder)
  const [closed, open] = ['closed', 'open'].map((loop) =>
    trials.find(({ path }) => path.at(-1)?.startsWith(loop)),
  )
  if (closed === undefined || open === undefined) throw new Error('A load was not measured.')
  const shape = { interval: INTERVAL, service: SERVICE, freeze }
  const rows = [
    ['seen by', 'requests', 'mean', ...PERCENTILES.map((percentile) => `p${percentile}`)],
    row('closed loop', measured(closed)),
    row('  closed form', oneUser(shape)),
    row('closed loop, corrected', measured(closed, INTERVAL * MS)),
    row('open loop (servebench)', measured(open)),
    row('  closed form', everyRequest(shape)),
  ]
  const widths = (rows[0] as string[]).map((_, column) =>
    Math.max(...rows.map((cells) => (cells[column] as string).length)),
  )
  const lines = rows.map((cells) =>
    cells
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] as number) : cell.padStart(widths[column] as number),
      )
      .join('  '),
  )
  process.stdout.write(
    `Response times in ms; the server is frozen for ${freeze / 1000} of ${duration / 1000} s.\n\n`,
  )
  process.stdout.write(`${lines.join('\n')}\n\n`)
  process.stdout.write(
    'The closed loop has one slow answer among fast ones: its p99 says that all is well. The correction adds what is\n' +
      'missing, but only because it knows the interval and there is one user; the open loop has measured it.\n',
  )
}

/** With an interval: as HdrHistogram corrects for coordinated omission, by adding value − interval, − 2 × interval, … */
function measured({ responseTime }: Trial, interval?: number): View {
  if (responseTime.hdr === null) throw new Error('No request was answered.')
  const recorded = decodeFromCompressedBase64(responseTime.hdr)
  const histogram = interval === undefined ? recorded : recorded.copyCorrectedForCoordinatedOmission(interval)
  return {
    requests: histogram.totalCount,
    mean: histogram.mean / MS,
    percentile: (percentile) => histogram.getValueAtPercentile(percentile) / MS,
  }
}

function row(name: string, { requests, mean, percentile }: View): readonly string[] {
  return [name, String(requests), show3(mean), ...PERCENTILES.map((one) => show3(percentile(one)))]
}

function show3(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}
