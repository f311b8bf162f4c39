import { dirname, resolve } from 'node:path'
import { isFields } from '../dsl/fields.ts'
import { show } from '../dsl/problems.ts'
import { ValidationError, type Problem } from '../errors/validation-error.ts'
import { withSettings } from '../plan/settings.ts'
import { findConfigFile, readConfigFile, type ConfigFile, type ImportModule } from './config-file.ts'
import { DEFAULT_OPTIONS, DEFAULT_SETTINGS } from './defaults.ts'
import { readEnvironment } from './environment.ts'
import { readAssignment, readLayer, type ConfigLayer } from './layer.ts'
import type { RunOptions } from './options.ts'
import type { ResolvedConfig } from './resolved-config.ts'

/** A value from the command line. */
export interface ConfigArgument {
  /** `--duration`: appears in messages and as the value's origin. */
  readonly origin: string
  /** Dotted path: `duration`, `connections.count`, `reporters`. */
  readonly path: string
  /** Text is read as what the option needs. */
  readonly value: unknown
}

export interface ConfigRequest {
  /** Where the search for a configuration starts; absolute. */
  readonly directory: string
  /** `--root`; by default the folder of the configuration file, or `directory` without one. */
  readonly root?: string | undefined
  /** `--config`; `false`: none at all. */
  readonly file?: string | false | undefined
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly arguments: readonly ConfigArgument[]
  /** Imports a configuration that is a module; see `importUserModule`. */
  readonly importModule: ImportModule
}

export interface ConfigResolution {
  readonly config: ResolvedConfig
  readonly warnings: readonly Problem[]
}

/**
 * The configuration of a run: defaults, then the configuration file, then `SERVEBENCH_*` variables, then the command
 * line, later ones winning value by value. Bench files come between the file and the variables.
 * @throws {ValidationError} with all problems of all sources at once
 */
export async function resolveConfig(request: ConfigRequest): Promise<ConfigResolution> {
  const found: Problem[] = []
  const warnings: Problem[] = []
  const file = await readFile(request)
  const layers = [
    ...(file === undefined ? [] : [await readFileLayer(file, found)]),
    ...readEnvironment(found, warnings, request.environment),
    ...request.arguments.map(({ origin, path, value }) => readAssignment(found, path, value, origin)),
  ]
  if (found.length > 0) throw new ValidationError('The configuration', found)
  return { config: merge(request, file, layers), warnings }
}

async function readFile({
  directory,
  root,
  file,
  importModule,
}: ConfigRequest): Promise<ConfigFile | undefined> {
  if (file === false) return undefined
  if (file !== undefined) return await readConfigFile(resolve(directory, file), importModule)
  return await findConfigFile(root === undefined ? directory : resolve(directory, root), importModule)
}

async function readFileLayer(file: ConfigFile, found: Problem[]): Promise<ConfigLayer> {
  const { content, name } = file
  if (!isFields(content)) {
    found.push({ path: 'configuration', message: `expected an object, not ${show(content)}.`, origin: name })
    return readLayer(found, {}, name)
  }
  // The schema costs more than all the rest of the configuration: only who has a file pays for it.
  const { fileProblems } = await import('./file-problems.ts')
  const wrong = fileProblems(content)
  found.push(...wrong.map((problem) => ({ ...problem, origin: name })))
  return readLayer(found, wrong.length > 0 ? {} : content, name)
}

function merge(
  request: ConfigRequest,
  file: ConfigFile | undefined,
  layers: readonly ConfigLayer[],
): ResolvedConfig {
  const origins: Record<string, string> = {}
  let settings = DEFAULT_SETTINGS
  let options: RunOptions = DEFAULT_OPTIONS
  for (const layer of layers) {
    settings = withSettings(settings, layer.settings)
    options = { ...options, ...layer.options }
    for (const path of [...layer.settings.keys(), ...Object.keys(layer.options)]) origins[path] = layer.origin
  }
  const { directory, root } = request
  return {
    root: root !== undefined ? resolve(directory, root) : file === undefined ? directory : dirname(file.path),
    file: file?.path ?? null,
    settings,
    origins,
    ...options,
  }
}
