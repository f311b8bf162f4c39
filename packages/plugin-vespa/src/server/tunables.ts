import type { Tunable } from 'servebench/plugin'

/** What a study may vary, by its path in the options of `vespaServer`: all of it takes a new container. */
export function listTunables(models: readonly string[], cores: number): readonly Tunable[] {
  const threads = (path: string, largest: number, description: string): Tunable => ({
    path,
    type: 'integer',
    range: [1, largest],
    change: 'restart',
    description,
  })
  return [
    ...models.flatMap((model): Tunable[] => [
      threads(`models.${model}.intraOpThreads`, cores, `Threads of one operator of '${model}'.`),
      threads(`models.${model}.interOpThreads`, cores, `Threads for operators of '${model}' side by side.`),
      {
        path: `models.${model}.executionMode`,
        type: 'choice',
        values: ['sequential', 'parallel'],
        change: 'restart',
        description: `Whether operators of '${model}' run side by side.`,
      },
    ]),
    threads('threads.container', 8 * cores, 'Requests that are evaluated at a time.'),
    threads('threads.search', 8 * cores, 'Queries that are searched at a time.'),
  ]
}
