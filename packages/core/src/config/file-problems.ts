import type { core } from 'zod'
import type { Problem } from '../errors/validation-error.ts'
import { SETTING_PATHS } from '../plan/settings.ts'
import { DEFAULT_COMPARISON } from '../report/comparison-settings.ts'
import { suggest } from '../units/suggest.ts'
import { CONFIG_NAMES } from './layer.ts'
import { configSchema } from './schema.ts'

type Issue = core.$ZodIssue

/** Everything that is wrong with the content of a configuration file. */
export function fileProblems(content: unknown): readonly Problem[] {
  const parsed = configSchema.safeParse(content)
  return parsed.success ? [] : parsed.error.issues.flatMap((issue) => toProblems(issue, []))
}

function toProblems(issue: Issue, base: readonly PropertyKey[]): readonly Problem[] {
  const at = [...base, ...issue.path]
  const path = at.map(String).join('.')
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: path === '' ? key : `${path}.${key}`,
      message: 'there is no such option.',
      suggestion: suggest(key, namesBelow(path)),
    }))
  }
  if (issue.code === 'invalid_union') {
    // The alternative that fits at the top and fails further in is the one that was meant.
    const meant = issue.errors.find(
      (issues) => !issues.some((inner) => inner.path.length === 0 && inner.code !== 'unrecognized_keys'),
    )
    if (meant !== undefined) return meant.flatMap((inner) => toProblems(inner, at))
  }
  return [{ path: path === '' ? 'configuration' : path, message: issue.message }]
}

/** The names that may stand in the object at a dotted path. */
function namesBelow(path: string): readonly string[] {
  if (path === '') return CONFIG_NAMES
  if (path === 'comparison') return ['level', 'power', 'thresholds']
  if (path === 'comparison.thresholds') return Object.keys(DEFAULT_COMPARISON.thresholds)
  const inside = SETTING_PATHS.filter((known) => known.startsWith(`${path}.`))
  return inside.length > 0
    ? inside.map((known) => known.slice(path.length + 1).split('.')[0] as string)
    : ['requests']
}
