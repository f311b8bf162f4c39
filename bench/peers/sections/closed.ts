import { bodyFile } from '../body.ts'
import { HttpServer } from '../http-server.ts'
import type { Line, Section, Setting } from '../section.ts'
import {
  cellsOf,
  fixed,
  formatNanos,
  formatSpread,
  label,
  markdownTable,
  median,
  ratios,
  runsOf,
  spread,
  used,
} from '../table.ts'
import { type Cell, need, takeTurns } from '../turns.ts'

interface Load {
  readonly cell: string
  readonly bytes: number
  readonly concurrency: number
}

const SECONDS = 6

function closedLoop(name: string, title: string, loads: readonly Load[]): Section {
  return {
    name,
    async run(setting: Setting) {
      await using server = await HttpServer.start(setting.folder)
      const cells = loads.map(({ cell, bytes, concurrency }): Cell => {
        const job = {
          url: server.url,
          bodyFile: bodyFile(setting.folder, bytes),
          concurrency,
          seconds: SECONDS,
        }
        return {
          name: cell,
          tools: setting.tools.filter((tool) => tool.closed),
          prepare: (tool) => ({
            command: need(tool.closed)(job),
            options: { server, limitSeconds: SECONDS * 4 },
          }),
        }
      })
      await takeTurns(name, cells, setting)
    },
    report(lines: readonly Line[]) {
      const parts = [`## ${title}`, NOTE]
      for (const cell of cellsOf(lines)) parts.push(`### ${cell}`, cellTable(lines, cell))
      return parts.join('\n\n')
    },
  }
}

const NOTE =
  'POST with keep-alive, answers of 2 KiB at once. Throughput is counted by the server, from 2 s after the first request ' +
  'until shortly before the last, alike for all; ÷ wrk: the ratio within a round, median (least–greatest). ' +
  'µs CPU: the tool’s own, per request. A time is what the tool prints.'

const steady = ({ outcome }: Line) => outcome.served?.steadyThroughput
const cpuPerRequest = ({ outcome }: Line) =>
  outcome.served === null || outcome.served.answers === 0
    ? null
    : (outcome.cpuSeconds / outcome.served.answers) * 1e6

const toldOverTrue = (line: Line) => (line.outcome.told.throughput ?? NaN) / (steady(line) ?? NaN)

function cellTable(lines: readonly Line[], cell: string): string {
  const all = runsOf(lines, cell)
  const wrk = all.find(({ tool }) => tool === 'wrk')
  const sorted = all.toSorted((a, b) => (median(b, steady) ?? 0) - (median(a, steady) ?? 0))
  return markdownTable(
    ['tool', 'runs', '÷ wrk', 'answers/s', 'µs CPU', 'MiB', 'says p50', 'says p99', 'says rate ÷ true'],
    sorted.map((runs) => [
      label(runs),
      used(runs),
      formatSpread(ratios(runs, wrk, steady), 2),
      fixed(median(runs, steady), 0),
      formatSpread(spread(runs.lines.map(cpuPerRequest)), 1),
      fixed(
        median(runs, ({ outcome }) => outcome.residentMiB),
        0,
      ),
      formatNanos(median(runs, ({ outcome }) => outcome.told.p50)),
      formatNanos(median(runs, ({ outcome }) => outcome.told.p99)),
      fixed(median(runs, toldOverTrue), 3),
    ]),
  )
}

export const closed: Section = closedLoop(
  'closed',
  'Closed loop, 600 B',
  [1, 16, 64].map((concurrency) => ({ cell: `c = ${concurrency}`, bytes: 600, concurrency })),
)

export const large: Section = closedLoop('large', 'Closed loop, 600 kB', [
  { cell: 'c = 16, 600 kB', bytes: 600_000, concurrency: 16 },
])
