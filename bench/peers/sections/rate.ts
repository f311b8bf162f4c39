import { afterWarmup, type Arrivals, punctuality } from '../arrivals.ts'
import { bodyFile } from '../body.ts'
import { HttpServer } from '../http-server.ts'
import type { Line, Section, Setting } from '../section.ts'
import { cellsOf, fixed, formatNanos, label, markdownTable, median, runsOf, used } from '../table.ts'
import type { Tool } from '../tool.ts'
import { need, takeTurns } from '../turns.ts'

const RATES = [1000, 5000]
const SECONDS = 8
const WARMUP_SECONDS = 2
const SERVICE_MICROS = 200

/** When requests of a constant rate really arrive. */
export const rate: Section = {
  name: 'rate',
  async run(setting: Setting) {
    await using server = await HttpServer.start(setting.folder, { delay: SERVICE_MICROS, rows: 200_000 })
    const cells = RATES.map((asked) => {
      const job = {
        url: server.url,
        bodyFile: bodyFile(setting.folder, 600),
        rate: asked,
        seconds: SECONDS,
        warmupSeconds: WARMUP_SECONDS,
      }
      return {
        name: `${asked}/s`,
        tools: setting.tools.filter((tool) => tool.rate),
        prepare(tool: Tool) {
          let log: Arrivals | undefined
          return {
            command: need(tool.rate)(job),
            options: {
              server,
              limitSeconds: SECONDS * 4,
              onArrivals: (arrivals: Arrivals) => (log = arrivals),
            },
            extra: () => (log === undefined ? {} : lateness(log, asked)),
          }
        },
      }
    })
    await takeTurns('rate', cells, setting)
  },
  report(lines: readonly Line[]) {
    const parts = ['## Constant rate: when requests arrive', NOTE]
    for (const cell of cellsOf(lines)) parts.push(`### ${cell}`, cellTable(lines, cell))
    return parts.join('\n\n')
  },
}

const NOTE =
  `Server with ${SERVICE_MICROS} µs in service. Late: arrival in the server’s kernel against the best even grid of the rate asked for, ` +
  `from ${WARMUP_SECONDS} s after the first request on. CV: of the gaps, 0 for an even grid. Cores: the tool’s own. ` +
  'Kernel to server: the measurement’s own delay, not contained in the others.'

function lateness(log: Arrivals, asked: number): Line['extra'] {
  const warm = afterWarmup(log, WARMUP_SECONDS * 1e9)
  const result = punctuality(warm.received, asked)
  if (result === null) return {}
  const delays = warm.parsed.map((at, index) => at - (warm.received[index] as number)).toSorted()
  return {
    arrived: result.rate,
    lateP50: result.late.p50,
    lateP99: result.late.p99,
    lateMax: result.late.max,
    gapVariation: result.gapVariation,
    wakeP99: delays[Math.ceil(delays.length * 0.99) - 1] ?? null,
  }
}

const extra = (name: string) => (line: Line) => {
  const value = line.extra[name]
  return typeof value === 'number' ? value : null
}

function cellTable(lines: readonly Line[], cell: string): string {
  const sorted = runsOf(lines, cell).toSorted(
    (a, b) => (median(a, extra('lateP99')) ?? Infinity) - (median(b, extra('lateP99')) ?? Infinity),
  )
  return markdownTable(
    [
      'tool',
      'runs',
      'arrived/s',
      'late p50',
      'late p99',
      'late max',
      'CV',
      'cores',
      'says p50',
      'says p99',
      'kernel to server p99',
    ],
    sorted.map((runs) => [
      label(runs),
      used(runs),
      fixed(median(runs, extra('arrived')), 0),
      formatNanos(median(runs, extra('lateP50'))),
      formatNanos(median(runs, extra('lateP99'))),
      formatNanos(median(runs, extra('lateMax'))),
      fixed(median(runs, extra('gapVariation')), 2),
      fixed(
        median(runs, ({ outcome }) => outcome.cpuSeconds / outcome.wallSeconds),
        2,
      ),
      formatNanos(median(runs, ({ outcome }) => outcome.told.p50 ?? outcome.told.mean)),
      formatNanos(median(runs, ({ outcome }) => outcome.told.p99)),
      formatNanos(median(runs, extra('wakeP99'))),
    ]),
  )
}
