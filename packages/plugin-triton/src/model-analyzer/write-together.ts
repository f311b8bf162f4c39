import { isDeepStrictEqual } from 'node:util'
import { WrittenCall } from 'servebench/plugin'
import type { ImportNote } from 'servebench/plugin'
import { fitAxes } from './fit-axes.ts'
import type { ModelAnalyzerModel, ModelAnalyzerStudy } from './study.ts'
import type { BenchContext, StudyBlock } from './write-bench.ts'
import { sizeOf, writeSettings } from './write-axes.ts'
import { writeConstraints, writeObjective, writeSamplers } from './write-goals.ts'
import { writeLoads, writeSearch } from './write-loads.ts'
import { modelNotes } from './write-notes.ts'
import { writeServer } from './write-server.ts'
import { isCpuOnly } from './write-study.ts'
import { writeInput, writeTarget } from './write-target.ts'

type Options = Readonly<Record<string, unknown>>

/** Models that get load at the same time: what is aimed at is all of them together. */
export function writeTogether(study: ModelAnalyzerStudy, context: BenchContext): StudyBlock {
  const { models } = study
  const [first] = models
  const axes = new Map(
    models.flatMap((model) =>
      (fitAxes(model, context.known).axes ?? model.axes).map((axis) => [axis.path, axis]),
    ),
  )
  const name = models.map((model) => model.name).join(' and ')
  if (first === undefined) return { name, options: {}, notes: [] }
  const streams = models.map((model) => {
    const options = {
      target: writeTarget(study, { ...model, batchSizes: model.batchSizes.slice(0, 1) }, false),
      ...writeInput(model),
      load: writeHighest(model),
    }
    return [model.name, new WrittenCall('stream', 'servebench', options)]
  })
  const options = {
    server: writeServer(study.server, {
      models: Object.fromEntries(models.map((model) => [model.name, {}])),
      args: [],
      env: {},
      isCpuOnly: models.every(isCpuOnly),
    }),
    streams: Object.fromEntries(streams),
    settings: writeSettings([...axes.values()]),
    baseline: 'unchanged',
    ...shared(models, writeObjective),
    ...shared(models, writeConstraints),
    loads: writeLoads(first, study.search)['loads'],
    ...writeSamplers(models, study.server),
    ...writeSearch(study.search, sizeOf([...axes.values()])),
  }
  return {
    name,
    options,
    notes: models.flatMap((model) => [
      ...ownGoals(model, models),
      ...ownLoads(model, first),
      ...modelNotes(model, true, study.search),
    ]),
  }
}

/** What its users or arrivals are at most; the study varies those of all together. */
function writeHighest({ load: { vary, values } }: ModelAnalyzerModel): WrittenCall {
  const highest = values.at(-1) ?? 1
  return vary === 'rate'
    ? new WrittenCall('constantRate', 'servebench', { rate: highest })
    : new WrittenCall('closed', 'servebench', { concurrency: highest })
}

/** Goals that all models have alike. */
function shared(
  models: readonly ModelAnalyzerModel[],
  write: (model: ModelAnalyzerModel) => Options,
): Options {
  const [first = {}, ...others] = models.map(write)
  return others.every((other) => isDeepStrictEqual(other, first)) ? first : {}
}

function ownGoals(model: ModelAnalyzerModel, models: readonly ModelAnalyzerModel[]): readonly ImportNote[] {
  const path = `profile_models.${model.name}`
  const differ = (write: (model: ModelAnalyzerModel) => unknown): boolean =>
    models.some((other) => !isDeepStrictEqual(write(other), write(model)))
  const lost = [
    ...(differ(writeObjective) ? ['objectives'] : []),
    ...(differ(writeConstraints) ? ['constraints'] : []),
    ...(model.weight === 1 ? [] : ['weighting']),
  ]
  return lost.map((option) => ({
    path: `${path}.${option}`,
    message: 'is not taken over: what is aimed at is all models together.',
  }))
}

function ownLoads(
  { name, load, batchSizes }: ModelAnalyzerModel,
  first: ModelAnalyzerModel,
): readonly ImportNote[] {
  const path = `profile_models.${name}.parameters`
  return [
    ...(isDeepStrictEqual(load, first.load)
      ? []
      : [{ path, message: `loads are varied for all models together: those of ${first.name}.` }]),
    ...(batchSizes.length > 1
      ? [
          {
            path: `${path}.batch_sizes`,
            message: `only the first, ${batchSizes[0]}: give the stream its \`defaultInput\`.`,
          },
        ]
      : []),
  ]
}
