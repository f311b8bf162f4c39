import { fieldsOf, listOf, textOf } from '@servebench/plugin-oip/control'
import type { JsonObject } from 'servebench/plugin'

/** Which models ensembles consist of, nested ones too: by the ensemble's name, in the order of its steps. */
export type EnsembleGraph = Readonly<Record<string, readonly string[]>>

/** The models that an ensemble's steps call, each once; none for other models. */
export function stepsOf(config: JsonObject): readonly string[] {
  const steps = listOf(fieldsOf(config['ensemble_scheduling'])['step'])
  return [...new Set(steps.map((step) => textOf(fieldsOf(step)['model_name'])).filter((name) => name !== ''))]
}

/**
 * Follows the steps of ensembles from one model on.
 * @param composing models that others call without saying so in their configuration
 */
export async function findGraph(
  model: string,
  readConfig: (name: string) => Promise<JsonObject | null>,
  composing: EnsembleGraph = {},
): Promise<EnsembleGraph> {
  const graph: Record<string, readonly string[]> = {}
  const visit = async (name: string): Promise<void> => {
    if (Object.hasOwn(graph, name)) return
    const config = await readConfig(name)
    const own = Object.hasOwn(composing, name) ? (composing[name] as readonly string[]) : []
    const steps = [...new Set([...(config === null ? [] : stepsOf(config)), ...own])]
    if (steps.length === 0) return
    graph[name] = steps
    for (const step of steps) await visit(step)
  }
  await visit(model)
  return graph
}

/** All models that one consists of, at any depth, without itself. */
export function partsOf(model: string, graph: EnsembleGraph): readonly string[] {
  const parts = new Set<string>()
  const visit = (name: string): void => {
    for (const step of Object.hasOwn(graph, name) ? (graph[name] as readonly string[]) : []) {
      if (step === model || parts.has(step)) continue
      parts.add(step)
      visit(step)
    }
  }
  visit(model)
  return [...parts]
}
