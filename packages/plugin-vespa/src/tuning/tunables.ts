import type { Tunable } from 'servebench/plugin'

export interface VespaSurroundings {
  /** Names of the models that servebench has started the container with. */
  readonly models: readonly string[]
  /** Whether its `services.xml` is that of an application, which decides on threads itself. */
  readonly application: boolean
  readonly cores: number
}

/** What a study may vary, by its path in the options of `vespaServer`: all of it takes a new container. */
export function listTunables({ models, application, cores }: VespaSurroundings): readonly Tunable[] {
  return [
    ...models.flatMap((model) => modelTunables(model, cores)),
    ...(application
      ? []
      : [
          threads('threads.container', 8 * cores, 'Requests that are evaluated at a time.'),
          threads('threads.search', 8 * cores, 'Queries that are searched at a time.'),
        ]),
  ]
}

function modelTunables(model: string, cores: number): Tunable[] {
  // As Vespa has it.
  const quarter = Math.max(1, Math.ceil(cores / 4))
  return (
    [
      {
        ...threads(`models.${model}.intraOpThreads`, cores, `Threads of one operator of '${model}'.`),
        default: quarter,
      },
      {
        ...threads(
          `models.${model}.interOpThreads`,
          cores,
          `Threads for operators of '${model}' side by side.`,
        ),
        default: quarter,
      },
      {
        path: `models.${model}.executionMode`,
        type: 'choice',
        values: ['sequential', 'parallel'],
        default: 'sequential',
        change: 'restart',
        description: `Whether operators of '${model}' run side by side.`,
      },
    ] satisfies Tunable[]
  ).map((tunable) => ({ ...tunable, model }))
}

function threads(path: string, largest: number, description: string): Tunable {
  return { path, type: 'integer', range: [1, largest], role: 'threads', change: 'restart', description }
}
