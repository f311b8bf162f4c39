import { formatBytes } from '../../units/bytes.ts'
import { caseName } from '../case-name.ts'
import { formatNanos } from '../quantity.ts'
import type { AnalysisTable, RunResult } from '../result.ts'
import { caseSeries, type CaseSeries, type Sized } from './case-series.ts'
import { theilSen } from './cold-start.ts'
import { serverTimeOf } from './server-time.ts'
import { soundCases, type SoundCase } from './sound-cases.ts'

/** How long the bytes of a case take, both ways. */
interface Sent extends Sized {
  /** Mean of service time less what the server accounts for, ns. */
  readonly network: number
}

const FEWEST = 3

/**
 * Time on the network against bytes, for every series of cases whose payloads differ and whose server says what it took:
 * with the line network = latency + bytes ÷ bandwidth.
 */
export function analyseTransmission(result: RunResult): readonly AnalysisTable[] {
  return caseSeries(soundCases(result).flatMap((measured) => sentOf(measured) ?? []))
    .filter(({ items }) => items.length >= 2)
    .map(tableOf)
}

function sentOf({ one, metrics, trials }: SoundCase): Sent | null {
  const streams = Object.keys(trials[0]?.plan.streams ?? {})
  const service = metrics.serviceTime.mean
  if (streams.length !== 1 || metrics.pipeline !== undefined || service === null) return null
  const server = serverTimeOf(trials, streams[0] as string, metrics)
  const bytes = trials.flatMap(({ perRequest }) => {
    const { bytesOut = null, bytesIn = null } = perRequest ?? {}
    return bytesOut === null || bytesIn === null ? [] : bytesOut + bytesIn
  })
  if (server === null || bytes.length === 0) return null
  const size = bytes.reduce((sum, value) => sum + value, 0) / bytes.length
  return { one, size, network: service - server.total }
}

function tableOf({ name, items }: CaseSeries<Sent>): AnalysisTable {
  const line =
    items.length < FEWEST ? null : theilSen(items.map(({ size, network }) => ({ x: size, y: network })))
  const at = (bytes: number): number | null => (line === null ? null : line.intercept + line.slope * bytes)
  return {
    name: 'transmission',
    title: `${name}: time on the network against bytes`,
    columns: [
      { name: 'case', unit: null },
      { name: 'bytes', unit: 'By', description: 'Sent and received for a request, with heads and frames.' },
      {
        name: 'network',
        unit: 'ns',
        description:
          'Mean service time less the server’s own account: both ways, and the server’s front end.',
      },
      ...(line === null ? [] : [{ name: 'line', unit: 'ns', description: 'latency + bytes ÷ bandwidth' }]),
    ],
    rows: items.map(({ one, size, network }) => [
      caseName(one.case),
      size,
      network,
      ...(line === null ? [] : [at(size)]),
    ]),
    notes: [
      line === null
        ? `A line takes ${FEWEST} sizes; there are ${items.length}.`
        : lineNote(line, items.length),
      'Which part of it is the way there, the way back, or the server’s reading and writing cannot be told by one clock.',
    ],
    plots: [
      {
        name: 'transmission',
        title: `${name}: time on the network against bytes`,
        x: { title: 'Bytes per request, both ways', unit: 'By', scale: 'linear', from: 0 },
        y: { title: 'Mean time on the network', unit: 'ns', scale: 'linear' },
        layers: [
          ...(line === null
            ? []
            : [
                {
                  mark: 'line' as const,
                  x: 'bytes',
                  y: 'line',
                  dashed: true,
                  label: 'latency + bytes ÷ bandwidth',
                },
              ]),
          { mark: 'points', x: 'bytes', y: 'network', text: 'case', label: 'measured' },
        ],
      },
    ],
  }
}

function lineNote(
  { slope, intercept }: { readonly slope: number; readonly intercept: number },
  sizes: number,
): string {
  const through = `the line of Theil and Sen through ${sizes} sizes`
  if (!(slope > 0)) return `More bytes did not take longer: no bandwidth can be told (${through}).`
  const latency =
    intercept > 0 ? formatNanos(intercept) : 'no latency that could be told (the line begins below 0)'
  return `network = ${latency} + bytes ÷ ${formatBytes(1e9 / slope)}/s: ${through}.`
}
