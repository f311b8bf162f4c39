import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Triton } from '../../../test/servers/support/triton.ts'
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
import type { Tool } from '../tool.ts'
import { need, takeTurns } from '../turns.ts'

/** Where `servers/triton/install.sh` puts it. */
const INSTALLED = fileURLToPath(new URL('../../../.servers/triton/bin/tritonserver', import.meta.url))
const SECONDS = 6
const ELEMENTS = 256

/** A real Triton, closed loop, beside its own load generator. */
export const triton: Section = {
  name: 'triton',
  async run(setting: Setting) {
    if (!existsSync(INSTALLED)) {
      setting.log(
        'triton: left out, because there is no Triton here: servers/triton/install.sh --perf-analyzer installs one.',
      )
      return
    }
    await using server = await Triton.start(['--model-control-mode=explicit', '--load-model=identity'])
    const { http, grpc, pid } = server
    const cells = (['http', 'grpc'] as const).flatMap((protocol) =>
      [1, 4, 16].map((concurrency) => ({
        name: `${protocol === 'http' ? 'HTTP' : 'gRPC'}, ${concurrency} at a time`,
        tools: setting.tools.filter((tool) => tool.triton),
        prepare: (tool: Tool) => ({
          command: need(tool.triton)({
            http,
            grpc,
            protocol,
            concurrency,
            seconds: SECONDS,
            elements: ELEMENTS,
          }),
          options: { serverPid: pid, limitSeconds: SECONDS * 5 },
        }),
      })),
    )
    await takeTurns('triton', cells, setting)
  },
  report(lines: readonly Line[]) {
    const parts = ['## A real Triton', NOTE]
    for (const cell of cellsOf(lines)) {
      const all = runsOf(lines, cell)
      const baseline = all.find(({ tool }) => tool === 'perf_analyzer')
      const rows = all.map((runs) => [
        label(runs),
        used(runs),
        formatSpread(ratios(runs, baseline, throughput), 2),
        fixed(median(runs, throughput), 0),
        formatSpread(spread(runs.lines.map(cpuPerRequest)), 0),
        ...(['p50', 'p99'] as const).map((name) =>
          formatNanos(median(runs, ({ outcome }) => outcome.told[name])),
        ),
        ...(['queue', 'input', 'infer', 'output'] as const).map((part) =>
          formatNanos(median(runs, (line) => serverTime(line, part))),
        ),
      ])
      parts.push(`### ${cell}`, markdownTable(HEADER, rows))
    }
    return parts.join('\n\n')
  },
}

const HEADER = [
  'tool',
  'runs',
  '÷ perf_analyzer',
  'inferences/s',
  'µs CPU',
  'p50',
  'p99',
  'queue',
  'input',
  'infer',
  'output',
]

const NOTE =
  `The model \`identity\` (python backend, two instances, dynamic batching) with ${ELEMENTS} FP32 values in and out, closed loop. ` +
  'Throughput and percentiles as each tool says; µs CPU of the tool per request; queue, input, infer and output are means per request by the server’s own counters, as each tool has read them.'

const throughput = ({ outcome }: Line) => outcome.told.throughput
const cpuPerRequest = ({ outcome }: Line) =>
  outcome.told.count === undefined || outcome.told.count === 0
    ? null
    : (outcome.cpuSeconds / outcome.told.count) * 1e6

function serverTime({ outcome }: Line, part: string): number | undefined {
  return (outcome.told.more?.['server'] as Readonly<Record<string, number>> | undefined)?.[part]
}
