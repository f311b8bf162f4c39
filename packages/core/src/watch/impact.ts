import { isAbsolute, relative } from 'node:path'

/** What a change of files concerns. */
export interface Impact {
  /** The files that have changed; absolute. */
  readonly changed: ReadonlySet<string>
  /** The configuration is read again, with all that it names; then everything runs. */
  readonly config: boolean
  /** Everything runs. */
  readonly all: boolean
  /** Bench files to read again; absolute. */
  readonly files: ReadonlySet<string>
  /** Scenarios whose plans name a changed file, by {@link scenarioKey}. */
  readonly scenarios: ReadonlySet<string>
  /** The changed files that plans name. */
  readonly inputs: ReadonlySet<string>
}

export const NO_IMPACT: Impact = {
  changed: new Set(),
  config: false,
  all: false,
  files: new Set(),
  scenarios: new Set(),
  inputs: new Set(),
}

/** What is known about a project while it is watched; paths are absolute. */
export interface WatchedProject {
  /** The configuration file, what it imports, and where one may yet appear. */
  isConfig(path: string): boolean
  /** Whether one of the globs of the option `watch` has it. */
  isGlobbed(path: string): boolean
  /** Whether a file of this name is a bench file, known or not. */
  isBenchFile(path: string): boolean
  /** All files that a bench file needs, with itself. */
  readonly dependencies: ReadonlyMap<string, ReadonlySet<string>>
  /** Bench files that could not be read: a file that appears may be what they miss. */
  readonly broken: ReadonlySet<string>
  /** Files and folders that plans name, with the scenarios that do. */
  readonly named: ReadonlyMap<string, ReadonlySet<string>>
}

/** A scenario over all bench files. */
export function scenarioKey(scenario: { readonly file: string; readonly path: readonly string[] }): string {
  return JSON.stringify([scenario.file, ...scenario.path])
}

/** The bench file of a {@link scenarioKey}, relative to the root. */
export function fileOfScenario(key: string): string {
  return (JSON.parse(key) as string[])[0] as string
}

export function impactOf(changed: ReadonlySet<string>, project: WatchedProject): Impact {
  const files = new Set<string>()
  const scenarios = new Set<string>()
  const inputs = new Set<string>()
  let config = false
  let all = false
  for (const path of changed) {
    config ||= project.isConfig(path)
    all ||= project.isGlobbed(path)
    if (project.isBenchFile(path)) files.add(path)
    let isNeeded = false
    for (const [file, needed] of project.dependencies) {
      if (!needed.has(path)) continue
      files.add(file)
      isNeeded = true
    }
    if (!isNeeded && isCode(path)) for (const file of project.broken) files.add(file)
    for (const [named, users] of project.named) {
      if (!isWithin(named, path)) continue
      inputs.add(path)
      for (const user of users) scenarios.add(user)
    }
  }
  return { changed, config, all: all || config, files, scenarios, inputs }
}

export function hasImpact({ config, all, files, scenarios }: Impact): boolean {
  return config || all || files.size > 0 || scenarios.size > 0
}

export function mergeImpacts(a: Impact, b: Impact): Impact {
  return {
    changed: new Set([...a.changed, ...b.changed]),
    config: a.config || b.config,
    all: a.all || b.all,
    files: new Set([...a.files, ...b.files]),
    scenarios: new Set([...a.scenarios, ...b.scenarios]),
    inputs: new Set([...a.inputs, ...b.inputs]),
  }
}

/** What a bench file may import. */
export function isCode(path: string): boolean {
  return /\.(?:[cm]?[jt]sx?|json)$/.test(path)
}

/** Whether `path` is `container` or lies in it. */
export function isWithin(container: string, path: string): boolean {
  if (path === container) return true
  const inside = relative(container, path)
  return inside !== '' && inside !== '..' && !/^\.\.[/\\]/.test(inside) && !isAbsolute(inside)
}
