import { join } from 'node:path'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import type { VespaServerSpec } from '../server.ts'
import { VespaClient } from '../server/vespa-client.ts'
import { writeApplication } from './application.ts'
import { describeServer } from './describe-server.ts'
import { packFolder } from './pack-folder.ts'

const NANOS = 1e6
/** Where Vespa's images listen: the container that an application gets, and the server that it is deployed to. */
const CONTAINER_PORT = 8080
const DEPLOY_PORT = 19_071
const DEPLOY_PATH = '/application/v2/tenant/default/prepareandactivate'

/** Starts an image of Vespa, deploys an application to it, and waits until its container is up. */
export async function launchImage(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const { launch } = plan as unknown as VespaServerSpec
  if (launch.mode !== 'launch') throw new TypeError('This is a server to attach to.')
  const { root, directory, signal } = context
  const folder = join(directory, 'application')
  await writeApplication(
    folder,
    { ...launch, port: CONTAINER_PORT },
    { root, artifact: (spec) => context.artifact(spec) },
  )
  await context.modelFiles([join(folder, 'models')])
  const application = await packFolder(folder)
  const client = new VespaClient(`http://127.0.0.1:${await context.port(CONTAINER_PORT)}`, { signal })
  const deployment = new VespaClient(`http://127.0.0.1:${await context.port(DEPLOY_PORT)}`, { signal })
  const timeout = launch.startTimeout
  const spawned = performance.now()
  const server = await context.spawn({ command: null, args: [], env: launch.env })
  await context.waitUntilReady(server, () => deployment.isUp(), { timeout })
  await deploy(deployment.url + DEPLOY_PATH, application, signal)
  await context.waitUntilReady(server, () => client.isUp(), { timeout })
  return describeServer({ plan, server, client, startup: { ready: (performance.now() - spawned) * NANOS } })
}

async function deploy(url: string, application: Uint8Array<ArrayBuffer>, signal: AbortSignal): Promise<void> {
  const headers = { 'content-type': 'application/x-gzip' }
  const answer = await fetch(url, { method: 'POST', headers, body: application, signal })
  const text = await answer.text()
  if (answer.ok) return
  throw new ServebenchError(
    'SERVEBENCH_VESPA_DEPLOY',
    `Vespa refuses the application (status ${answer.status}): ${messageIn(text)}`,
    { advice: 'Look at its services.xml, schemas and models.', exitCode: ExitCode.target },
  )
}

function messageIn(text: string): string {
  try {
    return String((JSON.parse(text) as { readonly message?: unknown }).message)
  } catch {
    return text.slice(0, 200)
  }
}
