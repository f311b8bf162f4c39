import { canonicalJson } from '../../units/json.ts'
import { caseName } from '../case-name.ts'
import type { AnalysisTable, CaseResult, RequestCosts, RunResult, Trial } from '../result.ts'

/**
 * For every scenario whose cases ask different targets (protocols, encodings, servers): what a request takes in each,
 * in bytes and CPU time.
 */
export function analyseRequestCosts(result: RunResult): readonly AnalysisTable[] {
  const trials = new Map(result.trials.map((trial) => [trial.id, trial]))
  const scenarios = Map.groupBy(result.cases, ({ file, path }) => JSON.stringify([file, path]))
  return [...scenarios.values()].flatMap((cases) => {
    const measured = cases.flatMap((one): Measured[] => {
      const own = one.trials
        .flatMap((id) => trials.get(id) ?? [])
        .filter(({ perRequest, verdict }) => perRequest !== undefined && verdict.validity !== 'invalid')
      return own.length === 0 ? [] : [{ one, trials: own }]
    })
    const targets = new Set(measured.map(({ trials: [first] }) => targetsOf(first as Trial)))
    return targets.size < 2 ? [] : [tableOf(measured)]
  })
}

interface Measured {
  readonly one: CaseResult
  readonly trials: readonly Trial[]
}

function targetsOf({ plan: { streams } }: Trial): string {
  return canonicalJson(Object.values(streams).map(({ target: { kind, options } }) => ({ kind, options })))
}

function tableOf(measured: readonly Measured[]): AnalysisTable {
  const knowsServer = measured.some(({ trials }) => mean(trials, 'serverCpu') !== null)
  const path = measured[0]?.one.path ?? []
  return {
    name: 'per-request',
    title: `${path.join(' > ')}: what a request takes`,
    columns: [
      { name: 'case', unit: null },
      {
        name: 'sent',
        unit: 'By',
        description:
          'Bytes on the connection, with heads and frames, ÷ completed requests; means of the repeats.',
      },
      { name: 'received', unit: 'By' },
      { name: 'encode', unit: 'ns', description: 'To make the bytes of a request, before the load.' },
      { name: 'client CPU', unit: 'ns', description: 'Of the load threads, ÷ completed requests.' },
      { name: 'server CPU', unit: 'ns', description: 'Of the server’s processes, ÷ completed requests.' },
      { name: 'throughput', unit: '1/s' },
      { name: 'p50', unit: 'ns', description: 'Response time.' },
    ],
    rows: measured.map(({ one, trials }) => [
      caseName(one.case),
      mean(trials, 'bytesOut'),
      mean(trials, 'bytesIn'),
      mean(trials, 'encodeTime'),
      mean(trials, 'clientCpu'),
      mean(trials, 'serverCpu'),
      one.pooled?.throughput ?? null,
      one.pooled?.responseTime.p50 ?? null,
    ]),
    notes: knowsServer
      ? []
      : ['The CPU time of the servers is not known: their processes are not on this machine.'],
  }
}

function mean(trials: readonly Trial[], name: keyof RequestCosts): number | null {
  const values = trials.flatMap(({ perRequest }) => perRequest?.[name] ?? [])
  return values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length
}
