import { ValidationError } from 'servebench/plugin'
import type { ForeignStudies, ImportedStudies, ImportOptions } from 'servebench/plugin'
import { applyOptions } from './apply-options.ts'
import { ConfigReader } from './config-reader.ts'
import { readStudy } from './read-config.ts'
import { readRepositoryModel } from './repository-model.ts'
import { writeBench } from './write-bench.ts'

/**
 * The bench file of a configuration of Model Analyzer. Of the models only what their own configuration says of batches and
 * ensembles is looked at, where the repository is on this machine.
 * @throws {ValidationError} with everything that is wrong with the file and what goes before it
 */
export function importStudies(
  { file, text, directory }: ForeignStudies,
  options: ImportOptions,
): ImportedStudies {
  const reader = new ConfigReader()
  const study = applyOptions(readStudy(text, reader), options, directory, reader)
  const problems = reader.distinctProblems()
  if (problems.length > 0)
    throw new ValidationError(`The configuration of Model Analyzer '${file}'`, problems)
  const { repository } = study.server
  return writeBench(study, {
    file,
    notes: reader.distinctNotes().map((note) => ({
      ...note,
      isHarmless: note.kind === 'elsewhere' || note.kind === 'needless',
    })),
    known: (name) => (repository === null ? null : readRepositoryModel(repository, name)),
  })
}
