import { readFileSync } from 'node:fs'
import { ResolverFactory } from 'oxc-resolver'
import { isUserPath } from './user-module.ts'

const EXTENSIONS = {
  tsconfig: 'auto' as const,
  extensions: ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx', '.json'],
  extensionAlias: {
    '.js': ['.ts', '.tsx', '.js'],
    '.mjs': ['.mts', '.mjs'],
    '.cjs': ['.cts', '.cjs'],
    '.jsx': ['.tsx', '.jsx'],
  },
  conditionNames: ['node', 'import'],
}

/**
 * Finds the user's own modules the way TypeScript's bundler resolution does: without extensions, `.js` for `.ts`, by
 * the path aliases of the nearest `tsconfig.json`. Packages are left to Node.
 */
export class UserResolver {
  readonly #files: ResolverFactory = new ResolverFactory(EXTENSIONS)
  /** Keeps links, so that a package of a workspace is recognised as one. */
  readonly #aliases: ResolverFactory = new ResolverFactory({ ...EXTENSIONS, symlinks: false })
  readonly #names = new Map<string, string | undefined>()

  /** The path of a user's file, or `undefined` when the specifier is none (or does not exist). */
  resolve(importer: string, specifier: string): string | undefined {
    if (/^(?:\.{1,2}(?:\/|$)|\/|[A-Za-z]:[/\\])/.test(specifier))
      return this.#files.resolveFileSync(importer, specifier).path
    const aliased = this.#aliases.resolveFileSync(importer, specifier).path
    if (aliased === undefined || !isUserPath(aliased) || this.#isSelfReference(importer, specifier))
      return undefined
    return this.#files.resolveFileSync(importer, specifier).path
  }

  #isSelfReference(importer: string, specifier: string): boolean {
    const name = this.#packageName(importer)
    return name !== undefined && (specifier === name || specifier.startsWith(`${name}/`))
  }

  /** The name in the nearest `package.json`. */
  #packageName(file: string): string | undefined {
    const folder = file.slice(0, Math.max(file.lastIndexOf('/'), file.lastIndexOf('\\')))
    if (folder === '' || folder === file) return undefined
    if (!this.#names.has(folder))
      this.#names.set(folder, readName(`${folder}/package.json`) ?? this.#packageName(folder))
    return this.#names.get(folder)
  }
}

function readName(manifest: string): string | undefined {
  try {
    return (JSON.parse(readFileSync(manifest, 'utf8')) as { readonly name?: string }).name ?? ''
  } catch {
    return undefined
  }
}
