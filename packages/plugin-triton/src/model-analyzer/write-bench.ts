import { importLines, literal, quote } from 'servebench/plugin'
import type { ImportedStudies, ImportNote } from 'servebench/plugin'
import type { KnownModel } from './fit-axes.ts'
import type { ModelAnalyzerStudy } from './study.ts'
import { comment, comments, searchNotes } from './write-notes.ts'
import { serverNotes } from './write-server.ts'
import { writeStudy } from './write-study.ts'
import { writeTogether } from './write-together.ts'

export interface BenchContext {
  /** The file's name. */
  readonly file: string
  readonly notes: readonly ImportNote[]
  /** Of models whose repository is on this machine. */
  readonly known: KnownModel
}

/** What is written of one study. */
export interface StudyBlock {
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly notes: readonly ImportNote[]
}

/** A bench file with a study for each model, or one for all where they are profiled concurrently. */
export function writeBench(study: ModelAnalyzerStudy, context: BenchContext): ImportedStudies {
  const blocks = study.together
    ? [writeTogether(study, context)]
    : study.models.map((model) => writeStudy(study, model, context))
  const shared = [...context.notes, ...serverNotes(study.server), ...searchNotes(study)]
  const isOf = ({ path }: ImportNote, { name }: StudyBlock): boolean =>
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
