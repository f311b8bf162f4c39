import { argumentsFile, environmentFile } from 'servebench/plugin'
import type { ConfigurationFile, ServerPlan } from 'servebench/plugin'
import { formatBatchingParameters } from '../launch/config-files.ts'
import { chosenArguments } from '../launch/server-arguments.ts'
import type { PlannedLaunch } from '../server.ts'

/** The file of `--batching_parameters_file`, flags and variables; of a server that runs already nothing is known. */
export async function renderConfiguration({ launch }: ServerPlan): Promise<readonly ConfigurationFile[]> {
  const plan = launch as unknown as PlannedLaunch
  if (plan.mode === 'attach') return []
  const { batching, env } = plan
  return [
    ...(batching === null ? [] : [{ path: BATCHING, text: formatBatchingParameters(batching) }]),
    ...argumentsFile(
      'tensorflow_model_server.args',
      chosenArguments(plan, batching === null ? null : BATCHING),
    ),
    ...environmentFile('tensorflow_model_server.env', env),
  ]
}

const BATCHING = 'batching_parameters.txt'
