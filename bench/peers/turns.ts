import type { Line, Setting } from './section.ts'
import type { Command, Tool } from './tool.ts'
import { FOREIGN_LIMIT, type Outcome, runTrial, type TrialOptions } from './trial.ts'

/** A disturbed run is tried again so often before it is kept, marked. */
const ATTEMPTS = 2

export interface Cell {
  readonly name: string
  /** Those that can do it. */
  readonly tools: readonly Tool[]
  /** Made anew for each run: a run may need a server of its own. */
  prepare(tool: Tool): CellRun | Promise<CellRun>
}

export interface CellRun {
  readonly command: Command
  readonly options: Omit<TrialOptions, 'folder' | 'quietSeconds'>
  /** What to keep besides the outcome. */
  extra?(outcome: Outcome): Line['extra']
  /** Ends what was prepared. */
  end?(): Promise<void>
}

/**
 * Every tool once per cell, in a fixed order, then the next round: whatever drifts, drifts for all of them.
 */
export async function takeTurns(section: string, cells: readonly Cell[], setting: Setting): Promise<void> {
  for (let round = 0; round < setting.rounds; round++) {
    for (const cell of cells) {
      for (const tool of cell.tools) {
        let line: Line | null = null
        for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
          line = await runOnce(section, cell, tool, round, setting)
          if (line.outcome.foreignCores <= FOREIGN_LIMIT) break
        }
        setting.record(line as Line)
      }
    }
  }
}

async function runOnce(
  section: string,
  cell: Cell,
  tool: Tool,
  round: number,
  setting: Setting,
): Promise<Line> {
  const run = await cell.prepare(tool)
  try {
    const { folder, quietSeconds } = setting
    const outcome = await runTrial(run.command, { ...run.options, folder, quietSeconds })
    const { name, version } = tool
    logOutcome(`${section} ${cell.name} ${name} #${round}`, outcome, setting)
    const extra = outcome.problem === null ? (run.extra?.(outcome) ?? {}) : {}
    return { section, cell: cell.name, tool: name, version: version(), round, outcome, extra }
  } finally {
    await run.end?.()
  }
}

function logOutcome(what: string, outcome: Outcome, setting: Setting): void {
  const told = outcome.problem ?? `${Math.round(outcome.told.throughput ?? 0)}/s`
  setting.log(`${what}: ${told}, foreign ${outcome.foreignCores.toFixed(2)}`)
}

/** What `tools` was filtered by. */
export function need<T>(capability: T | undefined): T {
  if (capability === undefined) throw new Error('The tool cannot do that.')
  return capability
}
