import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { LaunchContext, RunningServer, ServerPlan } from 'servebench/plugin'
import { ApiClient } from './api-client.ts'
import { kubernetesControl } from './control.ts'
import { readAccess } from './kubeconfig.ts'
import type { ClusterAccess } from './kubeconfig.ts'
import { KIND } from './names.ts'
import { fields, Objects } from './objects.ts'
import type { PlannedLaunch } from './server.ts'

/** Connects to the cluster that the plan names. The deployment is left running. */
export async function attachDeployment(plan: ServerPlan, context: LaunchContext): Promise<RunningServer> {
  const launch = plan.launch as unknown as PlannedLaunch
  const logIn = (): Promise<ClusterAccess> => readAccess(launch.context, launch.kubeconfig, context.root)
  const client = new ApiClient(await logIn(), { signal: context.signal, renew: logIn })
  const objects = new Objects(client, launch.namespace)
  const found = await objects.find({ apiVersion: 'apps/v1', kind: 'Deployment', name: launch.deployment })
  if (found === null) {
    throw new ServebenchError(
      'SERVEBENCH_KUBERNETES_DEPLOYMENT',
      `The namespace '${launch.namespace}' of the context '${launch.context}' has no deployment '${launch.deployment}'.`,
      {
        advice: `Look with kubectl --context ${launch.context} -n ${launch.namespace} get deployments.`,
        exitCode: ExitCode.usage,
      },
    )
  }
  return {
    kind: KIND,
    endpoints: {
      http: launch.http,
      ...(launch.grpc === null ? {} : { grpc: launch.grpc }),
      ...(launch.metrics === null ? {} : { metrics: launch.metrics }),
    },
    process: null,
    version: imageOf(found),
    local: false,
    control: kubernetesControl({ objects, launch, root: context.root, signal: context.signal }),
    startup: {},
    stop: async () => {},
  }
}

/** What tells one release from another. */
function imageOf(deployment: ReturnType<typeof fields>): string | null {
  const containers = fields(fields(fields(deployment['spec'])['template'])['spec'])['containers']
  const [first] = Array.isArray(containers) ? containers : []
  const { image } = fields(first)
  return typeof image === 'string' ? image : null
}
