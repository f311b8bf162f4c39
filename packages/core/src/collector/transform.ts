import { pathToFileURL } from 'node:url'
import { transformSync } from 'oxc-transform'
import { setPlace } from './place-of-error.ts'
import { positionAt } from './code-frame.ts'

export interface Transformed {
  readonly format: 'module' | 'commonjs'
  /** JavaScript with its source map inline. */
  readonly source: string
}

const LANGUAGES = { ts: 'ts', mts: 'ts', cts: 'ts', tsx: 'tsx', jsx: 'jsx' } as const
type Extension = keyof typeof LANGUAGES

/** Where a module that is written for both systems finds `require`, `__filename` and `__dirname`; see the loader. */
export const COMMONJS_GLOBALS = 'servebench:commonjs-globals'
const INJECTED: Record<string, [string, string]> = Object.fromEntries(
  ['require', '__filename', '__dirname'].map((name) => [name, [COMMONJS_GLOBALS, name]]),
)

/** Whether a file has to be transformed before Node can run it. */
export function needsTransform(path: string): boolean {
  return extensionOf(path) in LANGUAGES
}

/**
 * TypeScript (with enums, namespaces and parameter properties) or JSX as JavaScript.
 * @throws {SyntaxError} with the place of the first error
 */
export function transform(path: string, text: string): Transformed {
  const extension = extensionOf(path) as Extension
  const commonjs = isCommonJs(path, text)
  const result = transformSync(path, text, {
    lang: LANGUAGES[extension],
    sourcemap: true,
    sourceType: commonjs ? 'commonjs' : 'module',
    ...(commonjs ? {} : { inject: INJECTED }),
  })
  const [first] = result.errors
  if (first !== undefined) {
    const error = new SyntaxError(first.helpMessage ? `${first.message} ${first.helpMessage}` : first.message)
    setPlace(error, { file: path, ...positionAt(text, offsetOf(text, first.labels[0]?.start ?? 0)) })
    throw error
  }
  const map = JSON.stringify({
    ...result.map,
    sources: [pathToFileURL(path).href],
    sourcesContent: undefined,
  })
  const comment = `//# sourceMappingURL=data:application/json;base64,${Buffer.from(map).toString('base64')}`
  return { format: commonjs ? 'commonjs' : 'module', source: `${result.code}\n${comment}\n` }
}

/** Whether a TypeScript file is a CommonJS module: by its name, or because it has the syntax of these and of no others. */
export function isCommonJs(path: string, text: string): boolean {
  if (path.endsWith('.cts')) return true
  return (
    !path.endsWith('.mts') &&
    !hasModuleSyntax(text) &&
    /\b(?:module\.exports|exports\.\w|require\s*\()/.test(text)
  )
}

/** Whether a text has the syntax of ECMAScript modules. */
export function hasModuleSyntax(text: string): boolean {
  return /^\s*(?:import\s*(?:[\w$*{'"]|type\b)|export\s*(?:[*{]|default\b|const\b|let\b|var\b|function\b|async\b|class\b|enum\b|type\b|interface\b|abstract\b|declare\b|namespace\b))/m.test(
    text.replace(/^\s*import\s+[\w$]+\s*=\s*require\b/gm, ''),
  )
}

/** The index in a text that belongs to an offset in its UTF-8 bytes; what is missing at the end is shown behind the last word. */
function offsetOf(text: string, bytes: number): number {
  const before = Buffer.from(text).subarray(0, bytes).toString()
  return text.slice(before.length).trim() === '' ? before.trimEnd().length : before.length
}

function extensionOf(path: string): string {
  return path.slice(path.lastIndexOf('.') + 1)
}
