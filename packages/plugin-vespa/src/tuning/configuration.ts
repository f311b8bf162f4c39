import { argumentsFile, environmentFile } from 'servebench/plugin'
import type { ConfigurationContext, ConfigurationFile, ServerPlan } from 'servebench/plugin'
import { renderServices } from '../launch/application.ts'
import type { PlannedLaunch } from '../server.ts'

/** Vespa's own default. */
const PORT = 8080
const MEBIBYTE = 1024 * 1024

/** `services.xml`, what Java is started with, and variables; of a container that runs already nothing is known. */
export async function renderConfiguration(
  { launch, container }: ServerPlan,
  { root }: ConfigurationContext,
): Promise<readonly ConfigurationFile[]> {
  const plan = launch as unknown as PlannedLaunch
  if (plan.mode === 'attach') return []
  const heap = `${Math.ceil(plan.heap / MEBIBYTE)}m`
  // In an image, services.xml has the say over Java.
  const java = container === undefined ? [`-Xms${heap}`, `-Xmx${heap}`, ...plan.jvmArgs] : []
  return [
    { path: 'services.xml', text: await renderServices({ ...plan, port: PORT }, root) },
    ...argumentsFile('java.args', java),
    ...environmentFile('vespa.env', plan.env),
  ]
}
