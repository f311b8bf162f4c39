/** Which of the user's files imports which; absolute paths. */
export type ImportGraph = Readonly<Record<string, readonly string[]>>

/** All files that a file needs, with itself. */
export function dependenciesOf(graph: ImportGraph, file: string): ReadonlySet<string> {
  const found = new Set<string>()
  const visit = (current: string): void => {
    if (found.has(current)) return
    found.add(current)
    for (const imported of graph[current] ?? []) visit(imported)
  }
  visit(file)
  return found
}

/** The files among `files` that a change of `changed` concerns. */
export function affectedFiles(
  graph: ImportGraph,
  files: readonly string[],
  changed: ReadonlySet<string>,
): readonly string[] {
  return files.filter((file) => [...dependenciesOf(graph, file)].some((needed) => changed.has(needed)))
}
