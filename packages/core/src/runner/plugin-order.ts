import type { BenchPlugin } from '../hooks/plugin.ts'

type Ordered = Pick<BenchPlugin, 'name' | 'before' | 'after'>

/**
 * The names of plugins in the order in which their taps run: as they were applied, except where `before` and `after`
 * ask for something else. Wishes that contradict each other are granted in the order of application.
 */
export function orderPlugins(plugins: readonly Ordered[]): string[] {
  const earlier = new Map(plugins.map(({ name, after = [] }) => [name, new Set(after)]))
  for (const { name, before = [] } of plugins) for (const other of before) earlier.get(other)?.add(name)
  const order: string[] = []
  const visited = new Set<string>()
  const visit = (name: string): void => {
    if (visited.has(name)) return
    visited.add(name)
    for (const other of earlier.keys()) if (earlier.get(name)?.has(other)) visit(other)
    order.push(name)
  }
  for (const { name } of plugins) visit(name)
  return order
}
