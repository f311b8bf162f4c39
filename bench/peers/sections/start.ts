import { bodyFile } from '../body.ts'
import { HttpServer } from '../http-server.ts'
import type { Line, Section, Setting } from '../section.ts'
import { fixed, formatSpread, label, markdownTable, median, runsOf, spread, used } from '../table.ts'
import type { Tool } from '../tool.ts'
import { need, takeTurns } from '../turns.ts'

/** What a process of Node costs before it does anything. */
const bare: Tool = {
  name: 'node -e 0',
  find: () => process.execPath,
  version: () => process.versions.node,
  once: () => ({ arguments: [process.execPath, '-e', '0'], parse: () => ({}) }),
}

const wall = ({ outcome }: Line) => outcome.wallSeconds * 1000

/** One request, from the start of the process to its end. */
export const start: Section = {
  name: 'start',
  async run(setting: Setting) {
    await using server = await HttpServer.start(setting.folder)
    const job = { url: server.url, bodyFile: bodyFile(setting.folder, 600) }
    const cell = {
      name: 'one request',
      tools: [bare, ...setting.tools].filter((tool) => tool.once),
      prepare: (tool: Tool) => ({ command: need(tool.once)(job), options: { server, limitSeconds: 20 } }),
    }
    await takeTurns('start', [cell], { ...setting, rounds: Math.max(setting.rounds, 5) })
  },
  report(lines: readonly Line[]) {
    const rows = runsOf(lines, 'one request')
      .toSorted((a, b) => (median(a, wall) ?? Infinity) - (median(b, wall) ?? Infinity))
      .map((runs) => [
        label(runs),
        used(runs),
        formatSpread(spread(runs.lines.map(wall)), 0),
        formatSpread(spread(runs.lines.map(({ outcome }) => outcome.cpuSeconds * 1000)), 0),
        fixed(
          median(runs, ({ outcome }) => outcome.residentMiB),
          0,
        ),
        [...new Set(runs.lines.map(({ outcome }) => outcome.exitCode))].join(', '),
      ])
    return [
      '## One request, start to finish',
      markdownTable(['tool', 'runs', 'wall ms', 'CPU ms', 'MiB', 'exit code'], rows),
    ].join('\n\n')
  },
}
