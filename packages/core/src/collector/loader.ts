import { readFileSync } from 'node:fs'
import * as module from 'node:module'
import type { LoadHookSync, ResolveFnOutput, ResolveHookSync } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import type { Place } from '../dsl/tree.ts'
import { positionAt } from './code-frame.ts'
import { setPlace } from './place-of-error.ts'
import { UserResolver } from './resolver.ts'
import { COMMONJS_GLOBALS, hasModuleSyntax, isCommonJs, needsTransform, transform } from './transform.ts'
import { isUserPath, userFile } from './user-module.ts'

/** Imports files of the user's project: TypeScript with all of its syntax, path aliases, exact source maps. */
export interface UserLoader {
  import(file: string): Promise<unknown>
  /** Makes the next imports read all files of the user anew. The old modules stay in memory. */
  refresh(): void
}

let installed: UserLoader | undefined

/** Told whenever one of the user's files imports another. */
type OnImport = (importer: string, imported: string) => void
let listener: OnImport | undefined

/**
 * The loader of this thread; installed on the first call. Modules that are neither the user's nor imported by theirs
 * are not touched.
 * @param onImport takes the place of the listener of an earlier call
 */
export function installLoader(onImport?: OnImport): UserLoader {
  listener = onImport ?? listener
  return (installed ??= createLoader())
}

function createLoader(): UserLoader {
  const resolver = new UserResolver()
  let generation = 0

  const urlOf = (file: string): string =>
    `${pathToFileURL(file).href}${generation === 0 ? '' : `?servebench=${generation}`}`

  const resolve: ResolveHookSync = (specifier, context, next) => {
    if (specifier === COMMONJS_GLOBALS)
      return { url: `${COMMONJS_GLOBALS}?${context.parentURL}`, format: 'module', shortCircuit: true }
    const importer = userFile(context.parentURL)
    if (importer === undefined || module.isBuiltin(specifier)) return next(specifier, context)
    const file = specifier.startsWith('file:') ? userFile(specifier) : resolver.resolve(importer, specifier)
    if (file === undefined || !isUserPath(file))
      return resolvePackage(importer, specifier, (parentURL = context.parentURL) =>
        next(specifier, { ...context, parentURL }),
      )
    listener?.(importer, file)
    if (needsTransform(file)) return { url: urlOf(file), format: 'module', shortCircuit: true }
    const resolved = next(context.conditions.includes('require') ? file : pathToFileURL(file).href, context)
    const url = urlOf(file)
    if (!file.endsWith('.json')) return { ...resolved, url }
    return {
      ...resolved,
      url,
      format: 'json',
      importAttributes: { ...context.importAttributes, type: 'json' },
    }
  }

  module.setSourceMapsSupport(true, { nodeModules: false, generatedCode: false })
  module.registerHooks({ resolve, load })
  return {
    async import(file) {
      // Imported, a transformed CommonJS module would get a `require` that passes no hooks in Node 22.
      if (needsTransform(file) && isCommonJs(file, readFileSync(file, 'utf8'))) {
        const require = module.createRequire(file)
        delete require.cache[file]
        return { default: require(file) as unknown }
      }
      return (await import(urlOf(file))) as unknown
    },
    refresh() {
      generation += 1
    },
  }
}

const load: LoadHookSync = (url, context, next) => {
  if (url.startsWith(`${COMMONJS_GLOBALS}?`))
    return {
      format: 'module',
      source: commonjsGlobals(url.slice(COMMONJS_GLOBALS.length + 1)),
      shortCircuit: true,
    }
  const file = userFile(url)
  if (file === undefined) return next(url, context)
  if (needsTransform(file)) return { ...transform(file, readFileSync(file, 'utf8')), shortCircuit: true }
  if (file.endsWith('.js') && context.format !== 'module') {
    // A project without a "type" may still write modules; Node would load the file twice and warn.
    const text = readFileSync(file, 'utf8')
    if (hasModuleSyntax(text)) return { format: 'module', source: text, shortCircuit: true }
  }
  return next(url, context)
}

/**
 * Leaves a specifier to Node; a project without an installation of servebench gets the one that runs, and a file outside of
 * the project, such as one that is kept with results, the packages of the working directory.
 */
function resolvePackage(
  importer: string,
  specifier: string,
  resolve: (parentURL?: string) => ResolveFnOutput,
): ResolveFnOutput {
  try {
    return resolve()
  } catch (error) {
    if (/^servebench(?:\/|$)/.test(specifier))
      return { url: import.meta.resolve(specifier), shortCircuit: true }
    try {
      return resolve(pathToFileURL(join(process.cwd(), 'bench.ts')).href)
    } catch {
      // What is told is where it was looked for first.
    }
    const place = placeOfImport(importer, specifier)
    if (place !== undefined) setPlace(error, place)
    throw error
  }
}

function placeOfImport(file: string, specifier: string): Place | undefined {
  const text = readFileSync(file, 'utf8')
  const offset = Math.max(text.indexOf(`'${specifier}'`), text.indexOf(`"${specifier}"`))
  return offset < 0 ? undefined : { file, ...positionAt(text, offset) }
}

function commonjsGlobals(url: string): string {
  const path = fileURLToPath(url.replace(/[?#].*$/, ''))
  return `
import { createRequire } from 'node:module'
import { dirname } from 'node:path'
export const __filename = ${JSON.stringify(path)}
export const __dirname = dirname(__filename)
export const require = createRequire(__filename)
`
}
