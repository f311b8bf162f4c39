import { writeFileSync } from 'node:fs'
import path from 'node:path'
import { NullModel } from '../null-model.ts'
import { grpcFrame, inferMessage } from '../infer-message.ts'
import { buildGo } from '../native.ts'
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

const SECONDS = 6
const ELEMENTS = 256

/** Unary calls on one connection. */
export const grpc: Section = {
  name: 'grpc',
  async run(setting: Setting) {
    const binary = buildGo('null-model')
    if (binary === null) {
      setting.log('grpc: left out, because its server needs Go.')
      return
    }
    await using server = await NullModel.start(setting.folder, binary)
    const message = inferMessage(ELEMENTS)
    const messageFile = path.join(setting.folder, 'message.bin')
    const framedFile = path.join(setting.folder, 'message.grpc')
    writeFileSync(messageFile, message)
    writeFileSync(framedFile, grpcFrame(message))
    const { authority } = server
    const cells = [1, 16, 64].map((concurrency) => ({
      name: `1 × ${concurrency}`,
      tools: setting.tools.filter((tool) => tool.grpc),
      prepare: (tool: Tool) => ({
        command: need(tool.grpc)({
          authority,
          concurrency,
          seconds: SECONDS,
          messageFile,
          framedFile,
          elements: ELEMENTS,
        }),
        options: { server, limitSeconds: SECONDS * 4 },
      }),
    }))
    await takeTurns('grpc', cells, setting)
  },
  report(lines: readonly Line[]) {
    const parts = ['## gRPC, unary', NOTE]
    for (const cell of cellsOf(lines)) {
      const all = runsOf(lines, cell)
      const baseline = all.find(({ tool }) => tool === 'grpc-js')
      const ghz = all.find(({ tool }) => tool === 'ghz')
      const rows = all
        .toSorted((a, b) => (median(b, steady) ?? 0) - (median(a, steady) ?? 0))
        .map((runs) => [
          label(runs),
          used(runs),
          formatSpread(ratios(runs, baseline, steady), 2),
          formatSpread(ratios(runs, ghz, steady), 2),
          fixed(median(runs, steady), 0),
          formatSpread(spread(runs.lines.map(cpuPerCall)), 1),
          fixed(
            median(runs, ({ outcome }) => outcome.residentMiB),
            0,
          ),
          formatNanos(median(runs, ({ outcome }) => outcome.told.p50)),
          formatNanos(median(runs, ({ outcome }) => outcome.told.p99)),
        ])
      const header = [
        'tool',
        'runs',
        '÷ grpc-js',
        '÷ ghz',
        'calls/s',
        'µs CPU',
        'MiB',
        'says p50',
        'says p99',
      ]
      parts.push(`### ${cell}`, markdownTable(header, rows))
    }
    return parts.join('\n\n')
  },
}

const NOTE =
  `ModelInfer of the Open Inference Protocol with ${ELEMENTS} FP32 values in and out, a Go server that answers at once, one connection × so many streams. ` +
  'Calls per second are counted by the server, from 2 s after the first one until shortly before the last.'

const steady = ({ outcome }: Line) => outcome.served?.steadyThroughput
const cpuPerCall = ({ outcome }: Line) =>
  outcome.served === null || outcome.served.answers === 0
    ? null
    : (outcome.cpuSeconds / outcome.served.answers) * 1e6
