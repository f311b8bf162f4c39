import { resolve } from 'node:path'
import type { CollectResult } from '../collector/collector.ts'
import { dependenciesOf } from '../collector/import-graph.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { fileOfScenario, scenarioKey } from './impact.ts'
import { findNamedFiles } from './named-files.ts'

type Plan = Pick<TrialPlan, 'file' | 'path' | 'server' | 'streams' | 'quality'>

/** What collections and results have told about the bench files of a project. */
export class ProjectKnowledge {
  readonly #root: string
  readonly #dependencies = new Map<string, ReadonlySet<string>>()
  readonly #broken = new Set<string>()
  /** By scenario. */
  readonly #plans = new Map<string, readonly Plan[]>()
  #named: ReadonlyMap<string, ReadonlySet<string>> = new Map()

  constructor(root: string) {
    this.#root = root
  }

  /** All files that a bench file needs, with itself. */
  get dependencies(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#dependencies
  }

  /** Bench files that could not be read. */
  get broken(): ReadonlySet<string> {
    return this.#broken
  }

  /** Files and folders that plans name, with the scenarios that do. */
  get named(): ReadonlyMap<string, ReadonlySet<string>> {
    return this.#named
  }

  /** Takes over what a collection of these files has found. */
  collected(files: readonly string[], { graph, problems, scenarios }: CollectResult): void {
    const wrong = new Set(problems.map((problem) => resolve(this.#root, problem.file)))
    for (const file of files) {
      const needed = dependenciesOf(graph, file)
      const isBroken = [...needed].some((path) => wrong.has(path))
      // A file that cannot be read does not tell what it imports.
      const before = isBroken ? (this.#dependencies.get(file) ?? []) : []
      this.#dependencies.set(file, new Set([...needed, ...before]))
      if (isBroken) this.#broken.add(file)
      else this.#broken.delete(file)
    }
    for (const scenario of scenarios) {
      if (scenario.deferred === null)
        this.#plans.set(
          scenarioKey(scenario),
          scenario.cases.map(({ trial, study }) =>
            typeof study?.quality === 'object' && study.quality !== null
              ? { ...trial, quality: study.quality }
              : trial,
          ),
        )
    }
    this.#refresh()
  }

  /** Takes over plans that are known only after they have run. */
  measured(plans: readonly Plan[]): void {
    for (const [key, all] of Map.groupBy(plans, scenarioKey)) this.#plans.set(key, all)
    this.#refresh()
  }

  /** Forgets bench files that are gone. */
  removed(files: Iterable<string>): void {
    for (const file of files) {
      this.#dependencies.delete(file)
      this.#broken.delete(file)
      for (const key of this.#plans.keys())
        if (resolve(this.#root, fileOfScenario(key)) === file) this.#plans.delete(key)
    }
    this.#refresh()
  }

  #refresh(): void {
    this.#named = findNamedFiles([...this.#plans.values()].flat(), this.#root)
  }
}
