import { WrittenCall } from 'servebench/plugin'
import type { ImportNote } from 'servebench/plugin'
import { fitAxes } from './fit-axes.ts'
import type { ModelAnalyzerAxis, ModelAnalyzerModel, ModelAnalyzerStudy } from './study.ts'
import type { BenchContext, StudyBlock } from './write-bench.ts'
import { sizeOf, writeSettings } from './write-axes.ts'
import { writeConstraints, writeObjective, writeSamplers } from './write-goals.ts'
import { writeLoads, writeSearch } from './write-loads.ts'
import { modelNotes } from './write-notes.ts'
import { writeServer } from './write-server.ts'
import { isCpuOnly } from './write-study.ts'
import { writeInput, writeTarget } from './write-target.ts'

type Options = Readonly<Record<string, unknown>>

/** Models that get load at the same time: a stream for each, with axes, aims, weight and limits of its own. */
export function writeTogether(study: ModelAnalyzerStudy, context: BenchContext): StudyBlock {
  // A stream has one batch.
  const models = study.models.map((model) => ({ ...model, batchSizes: model.batchSizes.slice(0, 1) }))
  const [first] = models
  const name = models.map((model) => model.name).join(' and ')
  if (first === undefined) return { name, options: {}, notes: [] }
  const axes = new Map(
    models.flatMap((model) =>
      (fitAxes(model, context.known).axes ?? model.axes).map((axis) => [axis.path, axis]),
    ),
  )
  const own = models.map((model) => [model, ownAxes(model, [...axes.values()])] as const)
  const others = [...axes.values()].filter(({ path }) => !own.some(([model]) => isOf(path, model)))
  const options = {
    server: writeServer(study.server, {
      models: Object.fromEntries(
        models.flatMap((model) => [model.name, ...model.calls]).map((each) => [each, {}]),
      ),
      args: [],
      env: {},
      isCpuOnly: models.every(isCpuOnly),
    }),
    models: Object.fromEntries(
      own.map(([model, settings]) => [streamOf(model), writeModel(model, settings)]),
    ),
    streams: Object.fromEntries(
      models.map((model) => [
        streamOf(model),
        new WrittenCall('stream', 'servebench', {
          target: writeTarget(study, model, false),
          ...writeInput(model),
        }),
      ]),
    ),
    // Of models that they are composed of.
    ...(others.length === 0 ? {} : { settings: writeSettings(others) }),
    baseline: 'unchanged',
    loads: jointLoads(first, models.length, study),
    ...writeSamplers(models, study.server),
    ...writeSearch(study.search, sizeOf([...axes.values()])),
  }
  return { name, options, notes: models.flatMap((model) => jointNotes(model, study)) }
}

function writeModel(model: ModelAnalyzerModel, axes: readonly ModelAnalyzerAxis[]): Options {
  return {
    ...(axes.length === 0 ? {} : { settings: writeSettings(axes) }),
    ...writeObjective(model),
    ...(model.weight === 1 ? {} : { weight: model.weight }),
    ...writeConstraints(model),
  }
}

/** Settings of a model, as they are called there. */
function ownAxes(
  model: ModelAnalyzerModel,
  axes: readonly ModelAnalyzerAxis[],
): readonly ModelAnalyzerAxis[] {
  return axes
    .filter(({ path }) => isOf(path, model))
    .map(({ path, values }) => ({ path: path.slice(`state.models.${model.name}.`.length), values }))
}

function isOf(path: string, { name }: ModelAnalyzerModel): boolean {
  return path.startsWith(`state.models.${name}.`)
}

/** Names of streams are letters, digits, `-` and `_`, a letter first. */
function streamOf({ name }: ModelAnalyzerModel): string {
  const plain = name.replaceAll(/[^\w-]/g, '-')
  return /^[A-Za-z]/.test(plain) ? plain : `m-${plain}`
}

/** Of all models together, each of which has one user at least. */
function jointLoads(first: ModelAnalyzerModel, count: number, study: ModelAnalyzerStudy): unknown {
  const { vary, values } = first.load
  const enough = vary === 'rate' ? values : [...new Set(values.map((value) => Math.max(count, value)))]
  return writeLoads({ load: { ...first.load, values: enough } }, study.search)['loads']
}

function jointNotes(
  model: ModelAnalyzerModel,
  { models, search }: ModelAnalyzerStudy,
): readonly ImportNote[] {
  const path = `profile_models.${model.name}.parameters`
  const { batchSizes = [] } = models.find(({ name }) => name === model.name) ?? {}
  const [first] = models
  const differs = JSON.stringify(model.load) !== JSON.stringify(first?.load)
  return [
    ...(differs
      ? [
          {
            path,
            message: `loads are varied for all models together: those of ${first?.name ?? 'the first'}.`,
          },
        ]
      : []),
    ...(batchSizes.length > 1
      ? [
          {
            path: `${path}.batch_sizes`,
            message: `only the first, ${batchSizes[0]}: a stream has one batch.`,
          },
        ]
      : []),
    ...modelNotes(model, true, search),
  ]
}
