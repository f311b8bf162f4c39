/** Where in a file something was written. */
export interface Place {
  /** An absolute path. */
  readonly file: string
  readonly line: number
  readonly column: number
}

/** One `scenario` or `study` as written: inert, with its functions not yet called. */
export interface ScenarioNode {
  readonly type: 'scenario'
  /** It is a study: its cases are chosen while it runs. */
  readonly study?: true
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly place: Place | null
}

/** One `describe`. */
export interface SuiteNode {
  readonly type: 'describe'
  readonly name: string
  readonly options: Readonly<Record<string, unknown>>
  readonly place: Place | null
  readonly children: readonly CollectedNode[]
}

export type CollectedNode = ScenarioNode | SuiteNode

/** A scenario with all the `describe`s around it, outermost first. */
export interface ScenarioChain {
  readonly path: readonly string[]
  readonly suites: readonly SuiteNode[]
  readonly scenario: ScenarioNode
}

/** All scenarios of a tree in the order they were written. */
export function listScenarios(
  nodes: readonly CollectedNode[],
  suites: readonly SuiteNode[] = [],
): ScenarioChain[] {
  return nodes.flatMap((node) =>
    node.type === 'describe'
      ? listScenarios(node.children, [...suites, node])
      : [{ path: [...suites.map((suite) => suite.name), node.name], suites, scenario: node }],
  )
}
