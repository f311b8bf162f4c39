import { suggest, ValidationError } from 'servebench/plugin'
import type { Problem, ServerTuning, Tunable } from 'servebench/plugin'
import { planState } from './server.ts'
import type { KubernetesState, PlannedLaunch, PlannedState } from './server.ts'

const STATE = 'state.'
const FLAGS = 'state.flags.'
const SETTINGS = ['replicas', 'cpus', 'memory', 'image', 'overlay', 'manifests'] as const
/** Of each pod. */
const MOST = { replicas: 16, cpus: 64 }

export const TUNABLES: readonly Tunable[] = [
  {
    path: 'state.replicas',
    type: 'integer',
    range: [1, MOST.replicas],
    role: 'instances',
    change: 'reload',
    description: 'Pods.',
  },
  {
    path: 'state.cpus',
    type: 'integer',
    range: [1, MOST.cpus],
    scale: 'log',
    change: 'reload',
    description: 'CPUs of each pod, requested and at most.',
  },
  {
    path: 'state.memory',
    type: 'choice',
    values: ['1GiB', '2GiB', '4GiB', '8GiB', '16GiB', '32GiB', '64GiB'],
    change: 'reload',
    description: 'Memory of each pod, requested and at most.',
  },
]

/**
 * How deployments are tuned: `state.replicas`, `state.cpus`, `state.memory`, `state.image`, `state.overlay`,
 * `state.manifests`, `state.flags.NAME`; `null` leaves it as the cluster has it.
 */
export const tuning: ServerTuning = {
  apply(server, path, value) {
    const problems: Problem[] = []
    const state = server.state as unknown as PlannedState
    const flag = path.startsWith(FLAGS) ? path.slice(FLAGS.length) : null
    const name = path.startsWith(STATE) ? path.slice(STATE.length) : ''
    let changed = state
    if (flag !== null) {
      const { [flag]: _before, ...others } = state.flags
      if ((server.launch as unknown as PlannedLaunch).flagsConfigMap === null)
        problems.push({ path, message: 'needs `flagsConfigMap` of the server.' })
      const planned =
        value === null
          ? {}
          : planState({ flags: { [flag]: value } } as unknown as KubernetesState, problems).flags
      changed = { ...state, flags: { ...others, ...planned } }
    } else if ((SETTINGS as readonly string[]).includes(name)) {
      const planned =
        value === null
          ? { [name]: null }
          : {
              [name]: planState({ [name]: value }, problems)[name as (typeof SETTINGS)[number]],
            }
      changed = { ...state, ...planned }
    } else {
      const known = [...SETTINGS, 'flags'].map((each) => STATE + each)
      problems.push({ path, message: 'is no setting of a deployment.', suggestion: suggest(path, known) })
    }
    if (problems.length > 0) throw new ValidationError('kubernetesServer()', problems)
    return { ...server, state: { ...changed } }
  },
  instructions:
    'Apply the folder with kubectl apply --server-side --force-conflicts -k; kubectl diff --server-side -k says before what it changes.',
  configuration: async (server, context) => (await import('./overlay.ts')).renderOverlay(server, context),
}
