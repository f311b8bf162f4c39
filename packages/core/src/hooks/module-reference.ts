import type { JsonValue } from '../units/json.ts'

/** Code for another realm: the core imports `module` there and hands it `options`. */
export interface ModuleReference {
  /** A `file:` URL; see {@link moduleUrl}. */
  readonly module: string
  /** Plain data. */
  readonly options: JsonValue
}

/**
 * The URL of a module beside the calling one, whether the caller runs from source (`.ts`) or built (`.js`).
 * @example moduleUrl(import.meta.url, './session')
 */
export function moduleUrl(base: string, path: string): string {
  const extension = new URL(base).pathname.endsWith('.ts') ? '.ts' : '.js'
  return new URL(path + extension, base).href
}
