export { kubernetesServer } from './server.ts'
export type { KubernetesOptions, KubernetesServerSpec, KubernetesState } from './server.ts'
export { plugin } from './plugin.ts'
