import type { Problem } from '../errors/validation-error.ts'
import { suggest } from '../units/suggest.ts'
import { CONFIG_PATHS, readAssignment, type ConfigLayer } from './layer.ts'

const PREFIX = 'SERVEBENCH_'
/** Asks for stacks in error messages; see `cli/terminal.ts`. */
const DEBUG = 'SERVEBENCH_DEBUG'

/** `connections.count` is set by `SERVEBENCH_CONNECTIONS_COUNT`. */
export function variableName(path: string): string {
  return (
    PREFIX +
    path
      .replaceAll('.', '_')
      .replace(/([a-z])([A-Z])/g, '$1_$2')
      .toUpperCase()
  )
}

const VARIABLES: ReadonlyMap<string, string> = new Map(CONFIG_PATHS.map((path) => [variableName(path), path]))

/** Without the prefix. */
const NAMES: readonly string[] = [...VARIABLES.keys()].map((name) => name.slice(PREFIX.length))

/** What `SERVEBENCH_*` variables set. Unknown ones that look like a misspelling get a warning; others may be a plugin's. */
export function readEnvironment(
  found: Problem[],
  warnings: Problem[],
  environment: Readonly<Record<string, string | undefined>>,
): readonly ConfigLayer[] {
  const layers: ConfigLayer[] = []
  for (const [name, text] of Object.entries(environment)) {
    if (!name.startsWith(PREFIX) || name === DEBUG || text === undefined || text === '') continue
    const path = VARIABLES.get(name)
    if (path !== undefined) {
      layers.push(readAssignment(found, path, text, name))
      continue
    }
    // What all of them have in common says nothing about how near they are.
    const suggestion = suggest(name.slice(PREFIX.length), NAMES)
    if (suggestion === undefined) continue
    const message = 'this variable is not known and has no effect.'
    warnings.push({ path: name, message, suggestion: PREFIX + suggestion })
  }
  return layers
}
