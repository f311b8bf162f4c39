/** For programs and plugins: control of a Triton server, and its model configurations. */
export { tritonControl } from './control/triton-control.ts'
export type { TritonControl, TritonControlOptions } from './control/triton-control.ts'
export type { EnsembleGraph } from './control/ensemble-graph.ts'
export { partsOf } from './control/ensemble-graph.ts'
export type { UndoStep } from './control/undo-step.ts'
export { formatModelConfig } from './config/format-model-config.ts'
