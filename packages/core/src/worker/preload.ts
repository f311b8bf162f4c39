/**
 * Imports modules that a thread is going to need, while it has nothing else to do. What is wrong with one is told when
 * it is needed.
 */
export function preload(modules: readonly string[]): void {
  for (const module of modules) import(module).catch(() => {})
}
