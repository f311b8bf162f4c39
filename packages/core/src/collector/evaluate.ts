import { show, type Problems } from '../dsl/problems.ts'
import type { ScenarioChain } from '../dsl/tree.ts'
import type { CaseValues } from '../plan/expand.ts'
import type { OptionLevel } from '../plan/option-level.ts'
import type { JsonValue } from '../units/json.ts'

/** Options that are not functions of the case, whatever they hold. */
const AS_WRITTEN = new Set([
  'matrix',
  'exclude',
  'versus',
  'setup',
  'tags',
  'only',
  'check',
  'space',
  'settings',
  'where',
  'baseline',
])

/** A function of the case threw; `cause` is what it threw. */
export class CaseFunctionError extends Error {
  override readonly name = 'CaseFunctionError'
  readonly option: string

  constructor(option: string, cause: unknown) {
    super(`The function of the case in '${option}' threw.`, { cause })
    this.option = option
  }
}

/**
 * The options that every level gives to one case, with all functions of the case called.
 * @throws {CaseFunctionError} when one of them throws
 */
export function evaluateLevels(
  problems: Problems,
  chain: ScenarioChain,
  at: CaseValues,
  setup: JsonValue | undefined,
): readonly OptionLevel[] {
  const values = Object.freeze({ ...at })
  return [
    ...chain.suites.map((suite) => ({
      origin: `describe ${show(suite.name)}`,
      options: evaluate(problems, suite.options, values, setup),
    })),
    {
      origin: `${chain.scenario.study ? 'study' : 'scenario'} ${show(chain.scenario.name)}`,
      options: evaluate(problems, chain.scenario.options, values, setup),
    },
  ]
}

function evaluate(
  problems: Problems,
  options: Readonly<Record<string, unknown>>,
  at: CaseValues,
  setup: JsonValue | undefined,
): Record<string, unknown> {
  const evaluated: Record<string, unknown> = {}
  for (const [name, option] of Object.entries(options)) {
    const value =
      typeof option === 'function' && !AS_WRITTEN.has(name)
        ? call(name, option as CaseFunction, at, setup)
        : option
    if (typeof (value as { then?: unknown } | null | undefined)?.then === 'function') {
      void Promise.resolve(value).catch(() => undefined)
      problems.error(
        name,
        'the function of the case is asynchronous; do what takes time in `setup` and use what it returns.',
      )
    } else {
      evaluated[name] = value
    }
  }
  return evaluated
}

type CaseFunction = (at: CaseValues, setup: JsonValue | undefined) => unknown

function call(name: string, option: CaseFunction, at: CaseValues, setup: JsonValue | undefined): unknown {
  try {
    return option(at, setup)
  } catch (error) {
    throw new CaseFunctionError(name, error)
  }
}
