import { afterWarmup, type Arrivals, wireTimes } from '../arrivals.ts'
import { bodyFile } from '../body.ts'
import { HttpServer } from '../http-server.ts'
import type { Line, Section, Setting } from '../section.ts'
import {
  cellsOf,
  formatNanos,
  formatSpread,
  label,
  markdownTable,
  median,
  runsOf,
  spread,
  used,
} from '../table.ts'
import type { Tool } from '../tool.ts'
import { need, takeTurns } from '../turns.ts'

const SECONDS = 6
const WARMUP_SECONDS = 2
const SERVICE_MICROS = 2000

/** By how much a tool's median exceeds what the server took. */
export const overstatement: Section = {
  name: 'overstatement',
  async run(setting: Setting) {
    await using server = await HttpServer.start(setting.folder, { delay: SERVICE_MICROS, rows: 200_000 })
    const cells = [1, 16].map((concurrency) => {
      const job = { url: server.url, bodyFile: bodyFile(setting.folder, 600), concurrency, seconds: SECONDS }
      return {
        name: `c = ${concurrency}`,
        tools: setting.tools.filter((tool) => tool.closed),
        prepare(tool: Tool) {
          let log: Arrivals | undefined
          return {
            command: need(tool.closed)(job),
            options: {
              server,
              limitSeconds: SECONDS * 4,
              onArrivals: (arrivals: Arrivals) => (log = arrivals),
            },
            extra: () => {
              const { p50, p99 } = wireTimes(afterWarmup(log as Arrivals, WARMUP_SECONDS * 1e9))
              return { wireP50: p50, wireP99: p99 }
            },
          }
        },
      }
    })
    await takeTurns('overstatement', cells, setting)
  },
  report(lines: readonly Line[]) {
    const parts = ['## What a median overstates', NOTE]
    for (const cell of cellsOf(lines)) {
      const sorted = runsOf(lines, cell).toSorted(
        (a, b) => (median(a, excess('p50')) ?? Infinity) - (median(b, excess('p50')) ?? Infinity),
      )
      const rows = sorted.map((runs) => [
        label(runs),
        used(runs),
        micros(runs.lines.map(excess('p50'))),
        micros(runs.lines.map(excess('p99'))),
        formatNanos(median(runs, ({ outcome }) => outcome.told.p50)),
        formatNanos(median(runs, (line) => line.extra['wireP50'] as number)),
      ])
      parts.push(
        `### ${cell}`,
        markdownTable(['tool', 'runs', 'p50 too high, µs', 'p99 too high, µs', 'says p50', 'wire p50'], rows),
      )
    }
    return parts.join('\n\n')
  },
}

const NOTE =
  `Server with exactly ${SERVICE_MICROS / 1000} ms in service, closed loop. Wire: from the arrival in the server’s kernel to the answer’s send call. ` +
  'The difference is the client’s: waking up, reading, recording.'

const excess = (name: 'p50' | 'p99') => (line: Line) => {
  const wire = line.extra[name === 'p50' ? 'wireP50' : 'wireP99']
  const told = line.outcome.told[name]
  return typeof wire === 'number' && told !== undefined ? told - wire : null
}

function micros(values: readonly (number | null)[]): string {
  return formatSpread(spread(values.map((value) => (value === null ? null : value / 1000))), 0)
}
