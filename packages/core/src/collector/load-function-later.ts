import type { FunctionReference } from '../plan/trial-plan.ts'
import type { BenchFunction } from './load-function.ts'

/**
 * A function of a bench file, for a session that needs one. The loader and its transformer are imported only then:
 * most load workers never import a bench file.
 */
export async function loadFunction(reference: FunctionReference, root: string): Promise<BenchFunction> {
  const module = await import('./load-function.ts')
  return await module.loadFunction(reference, root)
}
