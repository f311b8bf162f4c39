import { ServebenchError } from '../../errors/servebench-error.ts'
import type { BaselineValues } from '../baseline.ts'
import { askedProject, type RunOptionValues } from '../run-options.ts'
import { WatchedScenarios } from '../watch-scenarios.ts'
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
  await using session = await WatchSession.open(askedProject(files, options), new WatchedScenarios())
  return await session.run()
}
