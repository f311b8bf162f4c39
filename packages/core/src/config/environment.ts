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
    const suggestion = suggest(name, VARIABLES.keys())
    if (suggestion !== undefined)
      warnings.push({ path: name, message: 'this variable is not known and has no effect.', suggestion })
  }
  return layers
}
