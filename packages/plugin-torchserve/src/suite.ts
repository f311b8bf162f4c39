/** For bench files: models of TorchServe's own benchmark suite as scenarios. */
export { torchserveSuite } from './suite/suite.ts'
export type { SuiteOptions } from './suite/suite.ts'
