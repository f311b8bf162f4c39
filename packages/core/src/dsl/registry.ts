import { ServebenchError } from '../errors/servebench-error.ts'
import { VERSION } from '../version.ts'
import { show } from './problems.ts'
import type { CollectedNode, Place, ScenarioNode, SuiteNode } from './tree.ts'

/**
 * What `describe` and `scenario` add to. One per realm, also when a project has two installations of servebench: the
 * key is shared by all copies, and a copy of another version is refused.
 */
interface Registry {
  readonly version: string
  readonly url: string
  collection: Collection | null
}

interface Collection {
  readonly nodes: CollectedNode[]
  /** The bodies that are being run, outermost first. */
  readonly open: { readonly name: string; readonly nodes: CollectedNode[] }[]
}

const KEY: unique symbol = Symbol.for('servebench/registry')
type Global = { [KEY]?: Registry }

/** The realm's registry, which this copy of servebench joins. */
function joinRegistry(version: string = VERSION, url: string = import.meta.url): Registry {
  const shared = globalThis as Global
  const registry = (shared[KEY] ??= { version, url, collection: null })
  if (registry.version !== version) {
    throw new ServebenchError(
      'SERVEBENCH_TWO_COPIES',
      `Two versions of servebench are in use: ${registry.version} from ${packageFolder(registry.url)} and ${version} from ${packageFolder(url)}.`,
      {
        advice:
          'Install one version: make servebench a peer dependency of your plugins and run `npm dedupe`.',
      },
    )
  }
  return registry
}

/**
 * Runs `load`, which imports a bench file, and returns what its `describe` and `scenario` calls have collected.
 * @throws what `load` throws
 */
export async function collectTree(load: () => Promise<unknown>): Promise<readonly CollectedNode[]> {
  const registry = joinRegistry()
  if (registry.collection !== null) throw new Error('A bench file is being collected already.')
  const collection: Collection = { nodes: [], open: [] }
  registry.collection = collection
  try {
    await load()
  } finally {
    registry.collection = null
  }
  return collection.nodes
}

export function addScenario(
  name: unknown,
  options: unknown,
  place: Place | null,
  kind: 'scenario' | 'study' = 'scenario',
): void {
  const { nodes } = openScope(kind, name, place)
  const node: ScenarioNode = {
    type: 'scenario',
    ...(kind === 'study' ? { study: true as const } : {}),
    name: name as string,
    options: readOptions(kind, name, options, place),
    place,
  }
  addNode(nodes, node)
}

export function addSuite(name: unknown, options: unknown, body: unknown, place: Place | null): void {
  const { nodes, collection } = openScope('describe', name, place)
  if (typeof body !== 'function') {
    throw new ServebenchError(
      'SERVEBENCH_BENCH_FILE',
      `describe(${show(name)}) needs a function as its last argument, not ${show(body)}.`,
    )
  }
  const children: CollectedNode[] = []
  const node: SuiteNode = {
    type: 'describe',
    name: name as string,
    options: readOptions('describe', name, options, place),
    place,
    children,
  }
  addNode(nodes, node)
  collection.open.push({ name: node.name, nodes: children })
  try {
    const returned: unknown = body()
    if (typeof (returned as { then?: unknown } | null | undefined)?.then === 'function') {
      throw new ServebenchError(
        'SERVEBENCH_BENCH_FILE',
        `The body of describe(${show(name)}) is asynchronous.`,
        {
          advice:
            'Collect synchronously; await before `describe`, at the top of the file, or in `setup` of a scenario.',
        },
      )
    }
  } finally {
    collection.open.pop()
  }
}

interface Scope {
  readonly collection: Collection
  readonly nodes: CollectedNode[]
}

function openScope(word: 'describe' | 'scenario' | 'study', name: unknown, place: Place | null): Scope {
  const { collection } = joinRegistry()
  if (collection === null) {
    throw new ServebenchError(
      'SERVEBENCH_NOT_COLLECTING',
      `${word}(${show(name)})${at(place)} was called while no bench file is being collected.`,
      {
        advice: `Run the file with \`servebench\`, and call ${word} while the file is imported, not later.`,
      },
    )
  }
  if (typeof name !== 'string' || name.trim() === '') {
    throw new ServebenchError(
      'SERVEBENCH_BENCH_FILE',
      `The name of a ${word}${at(place)} must be text, not ${show(name)}.`,
    )
  }
  return { collection, nodes: collection.open.at(-1)?.nodes ?? collection.nodes }
}

function readOptions(
  word: string,
  name: unknown,
  options: unknown,
  place: Place | null,
): Readonly<Record<string, unknown>> {
  if (typeof options === 'object' && options !== null && !Array.isArray(options))
    return options as Record<string, unknown>
  throw new ServebenchError(
    'SERVEBENCH_BENCH_FILE',
    `The options of ${word}(${show(name)})${at(place)} must be an object, not ${show(options)}.`,
  )
}

/** Results are found by name, so a name stands for one thing only. */
function addNode(siblings: CollectedNode[], node: CollectedNode): void {
  const twin = siblings.find((sibling) => sibling.name === node.name)
  if (twin !== undefined) {
    throw new ServebenchError(
      'SERVEBENCH_DUPLICATE_NAME',
      `The name '${node.name}' is used twice:${at(twin.place)} and${at(node.place)}.`,
      {
        advice: 'Results are compared by name: give each of them its own.',
      },
    )
  }
  siblings.push(node)
}

function at(place: Place | null): string {
  return place === null ? '' : ` at ${place.file}:${place.line}:${place.column}`
}

function packageFolder(url: string): string {
  return decodeURIComponent(
    url.replace(/^file:\/\//, '').replace(/\/(?:src|dist)\/dsl\/registry\.[jt]s.*$/, ''),
  )
}
