import { suggest, ValidationError } from 'servebench/plugin'
import type { JsonObject, Problem, ServerTuning, Tunable, TuningMachine } from 'servebench/plugin'
import { checkCount, OPTIONS } from './server.ts'
import type { State } from './server.ts'

/** What a study may vary, as the server is now. */
export function listTunables({ threads }: State, { logicalCores }: TuningMachine): readonly Tunable[] {
  return [
    {
      path: 'workers',
      type: 'integer',
      range: [1, logicalCores],
      role: 'instances',
      change: 'restart',
      description: 'Processes.',
    },
    {
      path: 'threads',
      type: 'integer',
      range: [1, logicalCores],
      default: threads,
      role: 'threads',
      change: 'in-place',
      description: 'Threads of a model; times the workers they should not exceed the cores.',
    },
  ]
}

/** How it is varied: pure, on plans. */
export const tuning: ServerTuning = {
  apply(server, path, value) {
    const problems: Problem[] = []
    if (path === 'workers' || path === 'threads') checkCount(path, value, problems)
    else
      problems.push({ path, message: 'is no setting of an Acme server.', suggestion: suggest(path, OPTIONS) })
    if (problems.length > 0) throw new ValidationError('acmeServer()', problems)
    return path === 'threads'
      ? { ...server, state: { ...server.state, threads: value } }
      : { ...server, launch: { ...server.launch, workers: value } }
  },
  candidates: (_server, { physicalCores }) => [
    {
      name: 'workers = physical cores, one thread each',
      source: "Acme's guide to performance",
      values: { workers: physicalCores, threads: 1 },
    },
  ],
  instructions: 'Start the server with --config=acme.json.',
  async configuration({ launch, state }) {
    const config: JsonObject = { ...launch, ...state }
    return [{ path: 'acme.json', text: `${JSON.stringify(config, null, 2)}\n` }]
  },
}
