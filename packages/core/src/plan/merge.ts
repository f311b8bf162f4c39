import { isFields } from '../dsl/fields.ts'

/** Merges objects member by member, later ones winning; anything that is not a plain object replaces what was there. */
export function mergeFields(earlier: unknown, later: unknown): unknown {
  if (!isFields(earlier) || !isFields(later)) return later === undefined ? earlier : later
  const merged: Record<string, unknown> = { ...earlier }
  for (const [key, value] of Object.entries(later)) merged[key] = mergeFields(earlier[key], value)
  return merged
}
