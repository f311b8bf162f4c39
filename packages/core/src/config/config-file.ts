import { existsSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { cosmiconfig, type PublicExplorer } from 'cosmiconfig'
import { ServebenchError } from '../errors/servebench-error.ts'
import { messageOf } from '../errors/plugin-error.ts'

export interface ConfigFile {
  /** Absolute path. */
  readonly path: string
  /** For people: `servebench.config.ts` or `package.json`. */
  readonly name: string
  readonly content: unknown
}

const MODULES = ['ts', 'mts', 'js', 'mjs'].map((extension) => `servebench.config.${extension}`)
const FILES = [...MODULES, 'servebench.config.json']

/** Imports a module of the user's project, whatever syntax it has. */
export type ImportModule = (file: string) => Promise<unknown>

/** An awaited value that never comes must not hang the tool. */
const LONGEST_IMPORT = 10_000

/**
 * Finds and reads the configuration of a project: `servebench.config.*` or the key `servebench` of `package.json`, in
 * `from` or in the nearest folder above it that has one, up to the next `package.json`.
 * @throws {ServebenchError} when it cannot be read, or when there are two
 */
export async function findConfigFile(
  from: string,
  importModule: ImportModule,
): Promise<ConfigFile | undefined> {
  const explorer = createExplorer(importModule)
  const found = await read(() => explorer.search(from), from)
  if (found === null) return undefined
  const folder = dirname(found.filepath)
  const others = FILES.filter((name) => name !== basename(found.filepath) && existsSync(join(folder, name)))
  if (others.length > 0) {
    throw new ServebenchError(
      'SERVEBENCH_CONFIG',
      `There is more than one configuration in ${folder}: ${[basename(found.filepath), ...others].join(', ')}.`,
      {
        advice: 'Keep one of them.',
      },
    )
  }
  return { path: found.filepath, name: basename(found.filepath), content: found.config }
}

/** Reads the file that `--config` names. */
export async function readConfigFile(path: string, importModule: ImportModule): Promise<ConfigFile> {
  if (!existsSync(path))
    throw new ServebenchError('SERVEBENCH_CONFIG', `There is no configuration file ${path}.`)
  const found = await read(() => createExplorer(importModule).load(path), path)
  return { path, name: basename(path), content: found?.config ?? {} }
}

function createExplorer(importModule: ImportModule): PublicExplorer {
  const load = async (path: string): Promise<unknown> => {
    const module = (await withDeadline(importModule(path), path)) as { readonly default?: unknown }
    if (module.default === undefined) {
      throw new ServebenchError('SERVEBENCH_CONFIG', `${path} has no default export.`, {
        advice: 'Write `export default defineConfig({ … })`.',
      })
    }
    return module.default
  }
  return cosmiconfig('servebench', {
    searchPlaces: ['package.json', ...FILES],
    searchStrategy: 'project',
    loaders: { '.ts': load, '.mts': load, '.js': load, '.mjs': load },
    cache: false,
  })
}

async function read<T>(action: () => Promise<T>, where: string): Promise<T> {
  try {
    return await action()
  } catch (error) {
    if (error instanceof ServebenchError) throw error
    throw new ServebenchError(
      'SERVEBENCH_CONFIG',
      `The configuration of ${where} cannot be read: ${messageOf(error)}`,
      { cause: error },
    )
  }
}

async function withDeadline<T>(work: Promise<T>, path: string): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () =>
        reject(new ServebenchError('SERVEBENCH_CONFIG', `${path} awaits something that does not happen.`)),
      LONGEST_IMPORT,
    )
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
