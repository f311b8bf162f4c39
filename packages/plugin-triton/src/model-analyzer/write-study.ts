import { fitAxes } from './fit-axes.ts'
import type { ModelAnalyzerModel, ModelAnalyzerStudy } from './study.ts'
import type { BenchContext, StudyBlock } from './write-bench.ts'
import { sizeOf, writeSettings } from './write-axes.ts'
import { writeConstraints, writeObjective, writeSamplers } from './write-goals.ts'
import { writeLoads, writeSearch } from './write-loads.ts'
import { modelNotes } from './write-notes.ts'
import { writeServer } from './write-server.ts'
import { writeInput, writeTarget } from './write-target.ts'

/** The study of one model, on a server of its own. */
export function writeStudy(
  study: ModelAnalyzerStudy,
  model: ModelAnalyzerModel,
  context: BenchContext,
): StudyBlock {
  const { name, args, env, batchSizes, calls } = model
  const { axes, isEnsemble } = fitAxes(model, context.known)
  const search = isEnsemble && study.search.strategy === 'grid' ? quick(study) : study.search
  const varied = axes ?? []
  const batches = batchSizes.length > 1
  const nothing = axes !== null && axes.length === 0 && !batches
  const size = sizeOf(axes ?? model.axes) * batchSizes.length
  const loads = search.concurrencyByRule ? 1 : model.load.values.length
  const options = {
    ...(batches || nothing ? { space: { batch: batchSizes } } : {}),
    server: writeServer(study.server, {
      // Those that it calls are loaded by nobody else.
      models: {
        [name]: axes === null ? constants(model) : {},
        ...Object.fromEntries(calls.map((each) => [each, {}])),
      },
      args,
      env,
      isCpuOnly: isCpuOnly(model),
    }),
    target: writeTarget(study, model, batches || nothing),
    ...writeInput(model, batches || nothing),
    ...(varied.length === 0 ? {} : { settings: writeSettings(varied), baseline: 'unchanged' }),
    ...writeLoads(model, search),
    ...writeObjective(model),
    ...writeConstraints(model),
    ...writeSamplers([model], study.server),
    ...writeSearch(search, size * loads),
  }
  return { name, options, notes: modelNotes(model, axes !== null, search) }
}

function quick({ search }: ModelAnalyzerStudy): ModelAnalyzerStudy['search'] {
  return { ...search, strategy: 'quick' }
}

/** What is the same in every configuration, where the server tells what is varied. */
function constants({ axes }: ModelAnalyzerModel): Readonly<Record<string, unknown>> {
  const kind = axes.find(({ path }) => path.endsWith('.instanceKind'))
  return kind === undefined ? {} : { instanceKind: kind.values[0] }
}

export function isCpuOnly({ axes }: ModelAnalyzerModel): boolean {
  const kinds = axes.filter(({ path }) => path.endsWith('.instanceKind'))
  return kinds.length > 0 && kinds.every(({ values }) => values.every((value) => value === 'cpu'))
}
