import { importLines, literal, quote, SourceText, WrittenCall, WrittenFunction } from 'servebench/plugin'
import type { ImportedStudies, ImportNote } from 'servebench/plugin'
import { PACKAGE } from '../server.ts'
import { fitAxes, type KnownModel } from './fit-axes.ts'
import type {
  ModelAnalyzerModel,
  ModelAnalyzerNote,
  ModelAnalyzerSearch,
  ModelAnalyzerStudy,
} from './study.ts'
import { sizeOf, writeSettings } from './write-axes.ts'
import { writeConstraints, writeObjective, writeSamplers } from './write-goals.ts'
import { writeLoads, writeSearch } from './write-loads.ts'
import { serverNotes, writeServer } from './write-server.ts'

type Options = Readonly<Record<string, unknown>>

export interface BenchContext {
  /** The file's name. */
  readonly file: string
  readonly notes: readonly ModelAnalyzerNote[]
  /** Of models whose repository is on this machine. */
  readonly known: KnownModel
}

interface Block {
  readonly name: string
  readonly options: Options
  readonly notes: readonly ImportNote[]
}

const WIDTH = 100
const LONGEST_COMMENT = 300

/** A bench file with a study for each model, or one for all where they are profiled concurrently. */
export function writeBench(study: ModelAnalyzerStudy, context: BenchContext): ImportedStudies {
  const blocks = study.together
    ? [writeTogether(study, context)]
    : study.models.map((model) => writeStudy(study, model, context))
  const shared = [...context.notes, ...serverNotes(study.server), ...searchNotes(study)]
  const isOf = ({ path }: ImportNote, { name }: Block): boolean =>
    !study.together && (path === `profile_models.${name}` || path.startsWith(`profile_models.${name}.`))
  const imports = importLines(
    [{ call: 'study', from: 'servebench' }],
    blocks.map(({ options }) => options),
  )
  const head = comments(shared.filter((note) => !blocks.some((block) => isOf(note, block))))
  const text = [
    ...imports,
    '',
    ...comment([`What ${context.file} asked Model Analyzer for.`]),
    ...(head.length === 0 ? [] : ['//', ...head]),
    ...blocks.flatMap((block) => [
      '',
      ...comments([...shared.filter((note) => isOf(note, block)), ...block.notes]),
      `study(${quote(block.name)}, ${literal(block.options, 0)})`,
    ]),
    '',
  ].join('\n')
  return { text, notes: [...shared, ...blocks.flatMap(({ notes }) => notes)] }
}

function writeStudy(study: ModelAnalyzerStudy, model: ModelAnalyzerModel, context: BenchContext): Block {
  const { name, args, env, batchSizes } = model
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
      models: { [name]: axes === null ? constants(model) : {} },
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

/** Models that get load at the same time: what is aimed at is all of them together. */
function writeTogether(study: ModelAnalyzerStudy, context: BenchContext): Block {
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

function quick({ search }: ModelAnalyzerStudy): ModelAnalyzerStudy['search'] {
  return { ...search, strategy: 'quick' }
}

/** What is the same in every configuration, where the server tells what is varied. */
function constants({ axes }: ModelAnalyzerModel): Options {
  const kind = axes.find(({ path }) => path.endsWith('.instanceKind'))
  return kind === undefined ? {} : { instanceKind: kind.values[0] }
}

function isCpuOnly({ axes }: ModelAnalyzerModel): boolean {
  const kinds = axes.filter(({ path }) => path.endsWith('.instanceKind'))
  return kinds.length > 0 && kinds.every(({ values }) => values.every((value) => value === 'cpu'))
}

function writeTarget(
  { protocol }: ModelAnalyzerStudy,
  { name, batchSizes, shapes, streaming, calls }: ModelAnalyzerModel,
  isOfBatch: boolean,
): WrittenCall | WrittenFunction {
  const [batch = 1] = batchSizes
  const input = {
    ...(isOfBatch ? { batch: new SourceText('batch') } : batch === 1 ? {} : { batch }),
    ...(Object.keys(shapes).length === 0 ? {} : { shapes }),
  }
  const call = new WrittenCall('triton', PACKAGE, {
    model: name,
    protocol,
    ...(streaming ? { stream: 'shared' } : {}),
    ...(calls.length === 0 ? {} : { composing: { [name]: calls } }),
    ...(Object.keys(input).length === 0 ? {} : { defaultInput: input }),
  })
  return isOfBatch ? new WrittenFunction(['batch'], call) : call
}

function writeInput({ inputs, shapes, batchSizes }: ModelAnalyzerModel, isOfBatch = false): Options {
  const file = inputs.find(isData)
  const [batch = 1] = batchSizes
  if (file !== undefined) {
    const rows = isOfBatch ? { batch: new SourceText('batch') } : batch === 1 ? {} : { batch }
    const call = new WrittenCall('perfAnalyzerData', PACKAGE, { file, ...rows })
    return { input: isOfBatch ? new WrittenFunction(['batch'], call) : call }
  }
  if (!inputs.includes('zero')) return {}
  const argument = { values: 'zeros', ...(Object.keys(shapes).length === 0 ? {} : { shapes }) }
  return { input: new WrittenCall('tensors', 'servebench/inputs', argument) }
}

/** A file of perf_analyzer; anything else would be a folder. */
function isData(input: string): boolean {
  return input.endsWith('.json')
}

function modelNotes(
  model: ModelAnalyzerModel,
  isKnown: boolean,
  { strategy }: ModelAnalyzerSearch,
): readonly ImportNote[] {
  const { name, inputs, load } = model
  const path = `profile_models.${name}`
  const files = inputs.filter(
    (input, index) => !/^(zero|random)$/.test(input) && index !== inputs.findIndex(isData),
  )
  return [
    ...(isKnown
      ? []
      : [
          {
            path,
            message: 'its automatic space is what the plugin of the server says of the model: no `settings`.',
          },
        ]),
    ...(files.length === 0
      ? []
      : [
          {
            path: `${path}.perf_analyzer_flags.input-data`,
            message: `${files.join(', ')}: give these as \`input\`; random tensors are sent otherwise.`,
          },
        ]),
    ...(load.vary === 'rate' && strategy !== 'grid'
      ? [
          {
            path,
            message:
              'rates are of a Poisson process where a search chooses: `load: constantRate(…)` evens them out.',
          },
        ]
      : []),
  ]
}

function searchNotes({ search, models }: ModelAnalyzerStudy): readonly ImportNote[] {
  const chooses = search.strategy !== 'grid'
  return [
    ...(chooses && search.top === 0
      ? [
          {
            path: 'concurrency_sweep_disable',
            message: 'the best configuration is measured at all loads here, and the default.',
          },
        ]
      : []),
    ...(search.strategy === 'bayesian' && !search.concurrencyByRule
      ? [
          {
            path: 'use_concurrency_formula',
            message:
              'users are 2 × batch × instances while the search goes on; the best are then measured at all loads.',
          },
        ]
      : []),
    ...(models.some(({ percentile }) => percentile !== null)
      ? [
          {
            path: 'perf_analyzer_flags.percentile',
            message: 'all percentiles are there: nothing has to be chosen.',
          },
        ]
      : []),
  ]
}

/** What was not taken over, above the code that it is of. */
function comments(notes: readonly ImportNote[]): readonly string[] {
  if (notes.length === 0) return []
  return notes.flatMap(({ path, message }) => comment([`- ${path}: ${message}`]))
}

/** Lines of the usual width. What comes from the file cannot end them: there is no line break in it. */
function comment(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST_COMMENT)
    const lines: string[] = []
    let line = '//'
    for (const word of plain.split(' ')) {
      if (line.length + word.length >= WIDTH && line.length > 4) {
        lines.push(line)
        line = text.startsWith('- ') ? '//  ' : '//'
      }
      line += ` ${word}`
    }
    return [...lines, line]
  })
}
