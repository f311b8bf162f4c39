import type { AnalysisTable, MeasuredCase, Trial } from 'servebench/plugin'
import { KIND } from '../kind.ts'

const CLASSES = ['2xx', '4xx', '5xx'] as const
type AnswerClass = (typeof CLASSES)[number]

/**
 * What the server says that it has answered beside what the client has received, by class of status. The server counts
 * between two instants, the client by when requests were due: they may differ by what was in flight at both.
 */
export function reconcileOutcomes(cases: readonly MeasuredCase[]): AnalysisTable | null {
  const notes: string[] = []
  const rows = cases.flatMap(({ name, stream, isAlone, trials }) => {
    const counted = trials.filter(({ server }) => server?.totals !== undefined)
    if (!isAlone || counted.length === 0) return []
    const slack = sum(counted, slackOf)
    const cells = CLASSES.map((kind) => {
      const server = sum(counted, ({ server: report }) => report?.totals?.[`answers.${kind}`] ?? 0)
      const client = sum(counted, (trial) => clientCount(trial, stream, kind))
      if (Math.abs(server - client) > slack) {
        notes.push(
          `${name}: the server counts ${server} answers with ${kind}, the client ${client}; ` +
            `${slack} could have been in flight at the edges. ${WHY[kind]}`,
        )
      }
      return [server, client]
    })
    return [[name, ...cells.flat(), slack]]
  })
  if (rows.length === 0) return null
  return {
    name: 'torchserve-answers',
    title: 'TorchServe: answers as the server counts them and as the client does',
    columns: [
      { name: 'case', unit: null },
      ...CLASSES.flatMap((kind) => [
        {
          name: `${kind} server`,
          unit: null,
          description: 'Of the whole server, without the calls of the tool itself.',
        },
        { name: `${kind} client`, unit: null },
      ]),
      {
        name: 'at edges',
        unit: null,
        description: 'How many may differ: in flight at the edges, or asked by a sampler.',
      },
    ],
    rows,
    notes,
  }
}

const WHY: Readonly<Record<AnswerClass, string>> = {
  '2xx': 'Somebody else may use the server, or the connection lost answers.',
  '4xx': 'Somebody else may use the server.',
  '5xx': 'Somebody else may use the server, or requests were given up before the answer came.',
}

/** What was in flight at both edges, and what the sampler has asked, in its two calls for each reading. */
function slackOf({ inFlight, samplers = [] }: Trial): number {
  const readings = samplers.reduce((all, { kind, reads }) => all + (kind === KIND ? reads : 0), 0)
  return 2 * (inFlight.max ?? 0) + 2 * readings
}

function clientCount(trial: Trial, stream: string, kind: AnswerClass): number {
  const metrics = trial.streams[stream]
  if (metrics === undefined) return 0
  // What had a status in an error, over HTTP; gRPC has no classes.
  const failures = Object.entries(metrics.failures).filter(([failure]) =>
    failure.startsWith(`http-${kind[0]}`),
  )
  return (kind === '2xx' ? metrics.counts.completed : 0) + failures.reduce((all, [, count]) => all + count, 0)
}

function sum(trials: readonly Trial[], read: (trial: Trial) => number): number {
  return trials.reduce((all, trial) => all + read(trial), 0)
}
