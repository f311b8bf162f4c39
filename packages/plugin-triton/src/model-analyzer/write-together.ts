import { WrittenCall } from 'servebench/plugin'
import { fitAxes } from './fit-axes.ts'
import type { ModelAnalyzerStudy } from './study.ts'
import type { BenchContext, StudyBlock } from './write-bench.ts'
import { sizeOf, writeSettings } from './write-axes.ts'
import { writeSamplers } from './write-goals.ts'
import { writeLoads, writeSearch } from './write-loads.ts'
import { modelNotes } from './write-notes.ts'
import { writeServer } from './write-server.ts'
import { isCpuOnly } from './write-study.ts'
import { writeInput, writeTarget } from './write-target.ts'

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
      load: new WrittenCall('closed', 'servebench', { concurrency: model.load.values.at(-1) ?? 1 }),
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
    ...writeLoads(first, study.search),
    ...writeSamplers(models, study.server),
    ...writeSearch(study.search, sizeOf([...axes.values()])),
  }
  return { name, options, notes: models.flatMap((model) => modelNotes(model, true, study.search)) }
}
