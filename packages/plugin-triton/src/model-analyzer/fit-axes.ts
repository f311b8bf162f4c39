import type { RepositoryModel } from './repository-model.ts'
import type { ModelAnalyzerAxis, ModelAnalyzerModel } from './study.ts'

/** What a repository knows of a model; `null`: nothing. */
export type KnownModel = (name: string) => RepositoryModel | null

export interface FittedAxes {
  /** `null`: nothing is known, and the running server tells what can be varied. */
  readonly axes: readonly ModelAnalyzerAxis[] | null
  readonly isEnsemble: boolean
}

/**
 * The automatic space as Model Analyzer fits it to a model: an ensemble is varied by the models that it is composed of, and
 * batches are for models with a batch dimension.
 */
export function fitAxes(model: ModelAnalyzerModel, known: KnownModel): FittedAxes {
  const { name, automatic, isLimited, batchSizes, calls } = model
  const own = known(name)
  const isEnsemble = own === null ? model.isEnsemble : own.steps.length > 0
  const isAutomatic = automatic.includes(name)
  const isAlone = model.axes.every(({ path }) => isOf(path, name))
  if (isAutomatic && own === null && !isLimited && isAlone && batchSizes.length === 1)
    return { axes: null, isEnsemble }
  const parts = own === null ? null : [name, ...own.steps, ...calls]
  const axes = model.axes.filter(({ path }) => {
    // Composing models of another one of the file.
    if (parts !== null && !parts.some((part) => isOf(path, part))) return false
    const of = automatic.find((each) => isOf(path, each))
    if (of === undefined) return true
    if (of === name && isEnsemble) return false
    return !isOfBatches(path) || (known(of)?.isBatched ?? of === name)
  })
  const template = isAutomatic && isEnsemble ? model.axes.filter(({ path }) => isOf(path, name)) : []
  const steps = (own?.steps ?? []).filter((step) => !model.axes.some(({ path }) => isOf(path, step)))
  const found = steps.flatMap((step) =>
    template
      .filter(({ path }) => !isOfBatches(path) || known(step)?.isBatched === true)
      .map(({ path, values }) => ({ path: path.replace(prefixOf(name), prefixOf(step)), values })),
  )
  return { axes: [...axes, ...found], isEnsemble }
}

function isOf(path: string, name: string): boolean {
  return path.startsWith(prefixOf(name))
}

function prefixOf(name: string): string {
  return `state.models.${name}.`
}

function isOfBatches(path: string): boolean {
  return /\.(maxBatchSize|dynamicBatching)$/.test(path)
}
