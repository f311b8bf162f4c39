import { closeSync, fstatSync, openSync, readSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { ServebenchError } from '../errors/servebench-error.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import type { Log } from '../hooks/plugin.ts'
import type { ImportedStudies, ImportOptions } from '../hooks/import-studies.ts'
import type { Duration } from '../units/duration.ts'
import { parseDuration } from '../units/duration.ts'
import { messageOf } from '../errors/plugin-error.ts'
import { parseServerUrl } from '../units/server-url.ts'
import type { Workspace } from './project.ts'
import { shapesOf } from './quick-scenario.ts'
import { launchOf, usersOf, type TuneFile, type TuneServerValues } from './tune-file.ts'
import { listOf, numberOf, type Wrong } from './tune-models.ts'

/** Options of `servebench tune` that name a file of another tool. */
export interface ImportValues extends TuneServerValues {
  readonly modelAnalyzer?: string
}

/** Who reads the files of which tool. */
const MODEL_ANALYZER = { kind: 'model-analyzer', package: '@servebench/plugin-triton' } as const

const LARGEST_FILE = 1024 * 1024

/**
 * The bench file that a file of another tool stands for; what it does not say goes to the log.
 * @throws {ValidationError} with all that is wrong with the options, or with the file
 * @throws {ServebenchError} `SERVEBENCH_IMPORT` for a file that cannot be read, `SERVEBENCH_PLUGIN_NOT_FOUND`
 */
export async function importStudies(
  { modelAnalyzer: path = '', ...values }: ImportValues,
  { plugins }: Pick<Workspace, 'plugins'>,
  directory: string,
  log: Log,
): Promise<TuneFile> {
  const { kind, package: packageName } = MODEL_ANALYZER
  const options = readImportOptions(values)
  const file = resolve(directory, path)
  const text = readText(file, path)
  await plugins.loadProvider(kind, packageName, directory)
  const imported: ImportedStudies | undefined = await plugins.hooks.importStudies
    .for(kind)
    .promise({ file: path, text, directory }, options)
  if (imported === undefined)
    throw new ServebenchError('SERVEBENCH_IMPORT', `'${packageName}' does not read files of ${kind}.`, {
      advice: `Install a version of it that fits this servebench: npm install --save-dev ${packageName}`,
    })
  for (const { path: at, message, isHarmless } of imported.notes) {
    const text = `${path}: ${at}: ${message}`
    if (isHarmless === true) log.info(text)
    else log.warn(text)
  }
  return { name: basename(file, extname(file)), text: imported.text }
}

/** @throws {ValidationError} with all problems of the options at once */
function readImportOptions(values: TuneServerValues): ImportOptions {
  const problems: Problem[] = []
  const wrong = (path: string, message: string, suggestion?: string): void =>
    void problems.push({ path, message, ...(suggestion === undefined ? {} : { suggestion }) })
  const { url, repository, image, protocol, model } = values
  const latencyBudget = single('--latency-budget', values.latencyBudget, wrong)
  const launch = values.launch ?? (url === undefined ? undefined : 'attach')
  if (launch !== undefined) launchOf(launch, wrong)
  if (launch === 'attach' && repository !== undefined)
    wrong('--repository', 'is of a server that is launched: give --url or --repository.')
  if (launch !== undefined && launch !== 'attach' && url !== undefined)
    wrong('--url', 'is of a server that runs already: use --launch attach.')
  if (url !== undefined) attempt('--url', () => parseServerUrl(url, 'http://127.0.0.1:8000'), wrong)
  if (latencyBudget !== undefined) attempt('--latency-budget', () => parseDuration(latencyBudget), wrong)
  const minThroughput = numberOf(
    '--min-throughput',
    single('--min-throughput', values.minThroughput, wrong),
    wrong,
  )
  if (values.weight !== undefined) wrong('--weight', 'stands in the file, as `weighting`.')
  const maxConcurrency = usersOf(values.maxConcurrency, wrong)
  const shapes = shapesOf(values.shape, problems)
  if (problems.length > 0) throw new ValidationError('servebench tune', problems)
  return {
    ...(launch === undefined ? {} : { launch: launch as NonNullable<ImportOptions['launch']> }),
    ...(url === undefined ? {} : { url }),
    ...(repository === undefined ? {} : { repository }),
    ...(image === undefined ? {} : { image }),
    ...(protocol === undefined ? {} : { protocol }),
    ...(model === undefined ? {} : { models: listOf(model) }),
    ...(latencyBudget === undefined ? {} : { latencyBudget: latencyBudget as Duration }),
    ...(minThroughput === null ? {} : { minThroughput }),
    ...(maxConcurrency === null ? {} : { maxConcurrency }),
    ...(shapes === null ? {} : { shapes }),
  }
}

/** The file says what is of one of its models. */
function single(
  option: string,
  given: string | readonly string[] | undefined,
  wrong: Wrong,
): string | undefined {
  const [first, ...others] = listOf(given)
  if (others.length > 0) wrong(option, 'is of all models of the file: give it once.')
  return first
}

function attempt(path: string, read: () => unknown, wrong: (path: string, message: string) => void): void {
  try {
    read()
  } catch (error) {
    wrong(path, messageOf(error))
  }
}

/** No more than its bound is read, whatever the file says of its size. */
function readText(file: string, path: string): string {
  const refuse = (what: string, advice?: string, cause?: unknown): ServebenchError =>
    new ServebenchError('SERVEBENCH_IMPORT', `${path === '' ? 'The file' : `'${path}'`} ${what}`, {
      ...(advice === undefined ? {} : { advice }),
      ...(cause === undefined ? {} : { cause }),
    })
  let bytes: Buffer
  try {
    const descriptor = openSync(file, 'r')
    try {
      if (!fstatSync(descriptor).isFile())
        throw refuse('is no file.', 'Name the YAML file that `model-analyzer profile -f` takes.')
      bytes = Buffer.alloc(LARGEST_FILE + 1)
      bytes = bytes.subarray(0, readSync(descriptor, bytes))
    } finally {
      closeSync(descriptor)
    }
  } catch (error) {
    if (error instanceof ServebenchError) throw error
    const { code } = error as NodeJS.ErrnoException
    throw code === 'ENOENT'
      ? refuse('does not exist.', 'Check the path; it is relative to the working directory.', error)
      : refuse(`cannot be read: ${messageOf(error)}.`, undefined, error)
  }
  if (bytes.length > LARGEST_FILE)
    throw refuse('is larger than 1 MiB: a configuration of Model Analyzer is a few lines.')
  const text = bytes.toString('utf8')
  if (text.includes('\0') || text.includes('�')) throw refuse('is no text.')
  if (text.trim() === '') throw refuse('is empty.')
  return text
}
