import { realpathSync, statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { tracesOf } from '../trace/traces-of.ts'
import type { JsonValue } from '../units/json.ts'
import { isWithin, scenarioKey } from './impact.ts'

const LONGEST_PATH = 1024

type Naming = Pick<TrialPlan, 'server' | 'streams' | 'quality'>
type Named = Naming & Pick<TrialPlan, 'file' | 'path'>

/**
 * The files and folders that plans name (models, configurations of servers, certificates, traces, queries, data) and that
 * exist, each with the scenarios that name it. A link counts as what it leads to as well.
 */
export function findNamedFiles(
  plans: Iterable<Named>,
  root: string,
): ReadonlyMap<string, ReadonlySet<string>> {
  const found = new Map<string, Set<string>>()
  const known = new Map<string, readonly string[]>()
  for (const plan of plans) {
    const key = scenarioKey(plan)
    for (const path of namedBy(plan, root, known)) found.set(path, (found.get(path) ?? new Set()).add(key))
  }
  return found
}

/**
 * The files and folders that one plan names.
 * @param known what texts were found to be, to be filled: plans of a matrix say the same again and again
 */
export function* namedBy(
  plan: Naming,
  root: string,
  known: Map<string, readonly string[]>,
): Generator<string> {
  for (const text of stringsOf(optionsOf(plan))) {
    let paths = known.get(text)
    if (paths === undefined) known.set(text, (paths = existing(text, root)))
    yield* paths
  }
}

/** Whether a value, such as the launch of a server, names one of these files or a folder that holds one. */
export function namesAny(value: JsonValue, files: ReadonlySet<string>, root: string): boolean {
  for (const text of stringsOf(value)) {
    for (const named of existing(text, root)) {
      for (const file of files) if (isWithin(named, file)) return true
    }
  }
  return false
}

function optionsOf({ server, streams, quality }: Naming): JsonValue {
  return [
    server === null ? null : [server.launch, server.state],
    quality?.input?.from === 'provider' ? quality.input.options : null,
    ...Object.values(streams).map(({ target, static: known, input, load }) => [
      target.options,
      known?.model ?? null,
      tracesOf(load).flatMap(({ files }) => files),
      input.from === 'provider' ? input.options : null,
    ]),
  ]
}

function* stringsOf(value: JsonValue | undefined): Generator<string> {
  if (typeof value === 'string') yield value
  else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) yield* stringsOf(item)
  else if (typeof value === 'object' && value !== null)
    for (const item of Object.values(value)) yield* stringsOf(item)
}

function existing(text: string, root: string): readonly string[] {
  if (text === '' || text.length > LONGEST_PATH || /[\0\n]|^\w+:\/\//.test(text)) return []
  const path = resolve(root, text)
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return []
  // A word may happen to be the name of a folder; a folder around the project is no input.
  const isNamed = stats.isFile() || (stats.isDirectory() && /[/\\]/.test(text) && !isWithin(path, root))
  return isNamed ? [...new Set([path, realpathSync(path)])] : []
}
