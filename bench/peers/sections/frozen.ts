import { bodyFile } from '../body.ts'
import { HttpServer } from '../http-server.ts'
import type { Line, Section, Setting } from '../section.ts'
import type { Told, Tool } from '../tool.ts'
import { cellsOf, fixed, formatNanos, label, markdownTable, median, runsOf, type Runs } from '../table.ts'
import { need, takeTurns } from '../turns.ts'

const RATE = 500
const SECONDS = 10
/** In front of the measurement, where a tool has that; the freezes lie behind it. */
const WARMUP_SECONDS = 2
const SERVICE_MILLIS = 1
const FREEZES = [
  [3, 4],
  [6, 7],
] as const

/**
 * A fifth of the requests meets a frozen server and waits for the rest of its second, uniformly between 0 and 1 s;
 * the others take 1 ms.
 */
export function frozenTruth(p: number): number {
  const frozen = FREEZES.reduce((sum, [from, until]) => sum + until - from, 0) / SECONDS
  const wait = p <= 1 - frozen ? 0 : (p - (1 - frozen)) / frozen
  return SERVICE_MILLIS * 1e6 + wait * 1e9
}

const ROWS = [
  ['p50', 0.5],
  ['p90', 0.9],
  ['p99', 0.99],
  ['p999', 0.999],
  ['max', 1],
] as const satisfies readonly (readonly [keyof Told, number])[]

const DECIDED = ROWS.filter(([name]) => name === 'p90' || name === 'p99' || name === 'max')

/** Coordinated omission: does a tool that promises a rate tell what a frozen server does to it? */
export const frozen: Section = {
  name: 'frozen',
  async run(setting: Setting) {
    const body = bodyFile(setting.folder, 600)
    const cells = [
      {
        name: `${RATE}/s`,
        tools: setting.tools.filter((tool) => tool.rate),
        async prepare(tool: Tool) {
          // The freezes count from a server's first request: each run has a server of its own.
          const server = await HttpServer.start(setting.folder, {
            delay: SERVICE_MILLIS * 1000,
            freezes: FREEZES,
          })
          const seconds = tool.warmsUp ? SECONDS + WARMUP_SECONDS : SECONDS
          const { url } = server
          return {
            command: need(tool.rate)({
              url,
              bodyFile: body,
              rate: RATE,
              seconds,
              warmupSeconds: WARMUP_SECONDS,
            }),
            options: { server, limitSeconds: SECONDS * 4 },
            end: () => server[Symbol.asyncDispose](),
          }
        },
      },
    ]
    await takeTurns('frozen', cells, setting)
  },
  report(lines: readonly Line[]) {
    const parts = ['## A server that freezes', NOTE]
    for (const cell of cellsOf(lines)) {
      const truth = [
        '**truth**',
        '',
        `${RATE * SECONDS}`,
        ...ROWS.map(([, p]) => formatNanos(frozenTruth(p))),
        '0 %',
      ]
      const rows = runsOf(lines, cell)
        .toSorted((a, b) => worst(a) - worst(b))
        .map((runs) => [
          label(runs),
          `${runs.lines.length}/${runs.made}`,
          fixed(
            median(runs, ({ outcome }) => outcome.told.count),
            0,
          ),
          ...ROWS.map(([name]) => formatNanos(median(runs, ({ outcome }) => outcome.told[name]))),
          Number.isFinite(worst(runs)) ? `${(100 * worst(runs)).toFixed(1)} %` : '–',
        ])
      parts.push(
        `### ${cell}`,
        markdownTable(
          ['tool', 'runs', 'requests', 'p50', 'p90', 'p99', 'p99.9', 'max', 'worst of p90 to max'],
          [truth, ...rows],
        ),
      )
    }
    return parts.join('\n\n')
  },
}

const NOTE =
  `${RATE}/s for ${SECONDS} s, ${SERVICE_MILLIS} ms in service, and the server asleep from 3 to 4 s and from 6 to 7 s after the first request. ` +
  'Worst: the greatest relative error of the p90, the p99 and the maximum that the tool prints.'

/** Relative, of the percentiles that a freeze decides; infinite for tools that do not tell them. */
function worst(runs: Runs): number {
  const errors = DECIDED.map(([name, p]) => {
    const told = median(runs, ({ outcome }) => outcome.told[name])
    return told === null ? Infinity : Math.abs(told / frozenTruth(p) - 1)
  })
  return Math.max(...errors)
}
