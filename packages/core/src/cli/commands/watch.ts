import { ServebenchError } from '../../errors/servebench-error.ts'
import type { BaselineValues } from '../baseline.ts'
import { caseFilter, configArguments, type RunOptionValues } from '../run-options.ts'
import { WatchSession } from '../watch-session.ts'

/** `servebench watch [files...]`, `servebench --watch` */
export async function watchCommand(
  files: readonly string[],
  options: RunOptionValues & BaselineValues,
): Promise<number> {
  if (options.baseline !== undefined || options.updateBaseline) {
    throw new ServebenchError('SERVEBENCH_OPTIONS', '--baseline does not go with --watch.', {
      advice: 'A watch session shows changes against the last measurement by itself.',
    })
  }
  if (options.dryRun || options.json) {
    throw new ServebenchError('SERVEBENCH_OPTIONS', '--dry-run and --json do not go with --watch.', {
      advice: 'Leave one of them out: a watch session measures, and goes on until it is ended.',
    })
  }
  await using session = await WatchSession.open({
    directory: process.cwd(),
    root: options.root,
    config: options.config,
    arguments: configArguments(options),
    files,
    filter: caseFilter(options),
  })
  return await session.run()
}
