/** For programs and plugins: control of a TorchServe, and archives of models. */
export { torchserveControl } from './control/torchserve-control.ts'
export type { TorchServeControl, TorchServeControlOptions } from './control/torchserve-control.ts'
export { ManagementClient } from './control/management-client.ts'
export type { ManagementOptions, Registration } from './control/management-client.ts'
export type { ModelDescription } from './control/model-description.ts'
export type { UndoStep } from './control/undo-step.ts'
export { writeModelArchive } from './launch/model-archive.ts'
export type { ArchiveContent } from './launch/model-archive.ts'
