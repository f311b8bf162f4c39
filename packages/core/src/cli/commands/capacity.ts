import { resolve } from 'node:path'
import { MOST_HEADROOM, type CapacityDemand } from '../../dsl/capacity-plan.ts'
import { ExitCode, ServebenchError } from '../../errors/servebench-error.ts'
import { planCapacities, planDemand } from '../../report/analyses/capacity.ts'
import { analyseScalability, scalabilityBy } from '../../report/analyses/scalability.ts'
import { readResult } from '../../report/read-result.ts'
import { renderTables } from '../../report/render-tables.ts'
import { colorsWanted } from '../terminal.ts'

export interface CapacityValues {
  readonly demand?: string
  readonly headroom: string
  readonly spares: string
  readonly by?: string
  readonly json?: boolean
}

/** `servebench capacity [run]`: plans with what a run has found, without measuring anything. */
export async function capacityCommand(run: string, values: CapacityValues): Promise<number> {
  const demand = demandOf(values)
  const result = await readResult(resolve(run))
  if (demand !== null && result.searches.length === 0) {
    throw new ServebenchError('SERVEBENCH_CAPACITY', 'There is no search in this result.', {
      advice: "Find what one machine takes inside the SLO: search: findMax({ vary: 'rate', from: 10 }).",
    })
  }
  const laws = values.by === undefined ? analyseScalability(result) : scalabilityBy(result, values.by)
  if (values.by !== undefined && laws.length === 0) {
    throw new ServebenchError(
      'SERVEBENCH_CAPACITY',
      `No case of this result has a number on an axis '${values.by}', and a throughput that is its limit.`,
      { advice: 'Name an axis of a matrix whose cases are closed loops or searches.' },
    )
  }
  const tables = [...(demand === null ? planCapacities(result) : planDemand(result, demand)), ...laws]
  if (tables.length === 0) {
    throw new ServebenchError('SERVEBENCH_CAPACITY', 'There is nothing to plan with in this result.', {
      advice:
        'Give --demand for a result with a search, or measure a closed loop with at least 5 numbers of users.',
    })
  }
  process.stdout.write(
    values.json
      ? `${JSON.stringify(tables)}\n`
      : renderTables(tables, { colors: colorsWanted(), columns: process.stdout.columns ?? 100 }),
  )
  return ExitCode.ok
}

function demandOf({ demand, headroom, spares }: CapacityValues): CapacityDemand | null {
  const share = readNumber('--headroom', headroom, '0.3 or 30%')
  if (share > MOST_HEADROOM) throw refused('--headroom', headroom, '0.3 or 30%')
  const extra = readNumber('--spares', spares, '2')
  if (!Number.isInteger(extra)) throw refused('--spares', spares, '2')
  if (demand === undefined) return null
  const rate = readNumber('--demand', demand, '10000')
  if (rate === 0) throw refused('--demand', demand, '10000')
  return { demand: rate, headroom: share, spares: extra }
}

function readNumber(option: string, text: string, example: string): number {
  const value = text.endsWith('%') ? Number(text.slice(0, -1)) / 100 : Number(text)
  if (text.trim() === '' || !Number.isFinite(value) || value < 0) throw refused(option, text, example)
  return value
}

function refused(option: string, text: string, example: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_CAPACITY', `${option} cannot be '${text}'.`, {
    advice: `Write it like ${option} ${example}.`,
  })
}
