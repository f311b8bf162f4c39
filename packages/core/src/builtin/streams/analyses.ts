import type { AnalysisTable, RunResult } from '../../plugin.ts'
import { changeRows } from './change-rows.ts'
import { interferenceRows } from './interference-rows.ts'
import { pairRows } from './pair-rows.ts'

const CASE = { name: 'case', unit: null }

/** The tables about streams that a result gives rise to. */
export function analyseStreams(result: RunResult): readonly AnalysisTable[] {
  const tables: readonly AnalysisTable[] = [
    {
      name: 'streams.pairs',
      title: 'Streams of one load compared, second by second',
      columns: [
        CASE,
        { name: 'repeat', unit: null, description: 'Counts from 1.' },
        { name: 'streams', unit: null, description: 'The difference is the first less the second.' },
        { name: 'percentile', unit: null, description: 'Of response times.' },
        { name: 'seconds', unit: null, description: 'In which both streams completed requests.' },
        { name: 'difference', unit: 'ns', description: 'Mean over these seconds.' },
        { name: 'low', unit: 'ns', description: '95 % interval of the difference.' },
        { name: 'high', unit: 'ns' },
        {
          name: 'errors, first',
          unit: '1',
          description: 'Share of its requests that did not complete correctly.',
        },
        { name: 'errors, second', unit: '1' },
      ],
      rows: result.trials.flatMap(pairRows),
      notes: [
        'Seconds of the measurement are paired, so what hits both streams cancels out. The intervals allow for dependence between neighbouring seconds, need eight of them, and are not adjusted for several comparisons.',
      ],
    },
    {
      name: 'streams.changes',
      title: 'Streams around changes of their shares',
      columns: [
        CASE,
        { name: 'repeat', unit: null },
        { name: 'change', unit: null },
        { name: 'second', unit: null, description: 'The window begins this long after the change begins.' },
        { name: 'stream', unit: null },
        { name: 'due', unit: null },
        { name: 'failed', unit: null },
        { name: 'p50', unit: 'ns' },
        { name: 'p95', unit: 'ns' },
        { name: 'p99', unit: 'ns' },
      ],
      rows: result.trials.flatMap(changeRows),
      notes: [
        'One second per row: due by intended start, failures and percentiles by completion. The changes are events of the trial.',
      ],
    },
    {
      name: 'streams.interference',
      title: 'Streams in the mix and alone',
      columns: [
        CASE,
        { name: 'stream', unit: null },
        { name: 'p50, alone', unit: 'ns' },
        { name: 'p50, mixed', unit: 'ns' },
        { name: 'p50, ratio', unit: null },
        { name: 'p99, alone', unit: 'ns' },
        { name: 'p99, mixed', unit: 'ns' },
        { name: 'p99, ratio', unit: null },
        { name: 'throughput, alone', unit: '/s' },
        { name: 'throughput, mixed', unit: '/s' },
        { name: 'errors, alone', unit: '1' },
        { name: 'errors, mixed', unit: '1' },
      ],
      rows: interferenceRows(result.cases),
      notes: [
        'A stream alone gets the arrivals that it gets in the mix. Repeats that are not valid are left out.',
      ],
    },
  ]
  return tables.filter(({ rows }) => rows.length > 0)
}
