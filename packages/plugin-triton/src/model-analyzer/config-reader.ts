import { suggest } from 'servebench/plugin'
import type { Problem } from 'servebench/plugin'
import { NOTED, READ } from './options.ts'
import type { ModelAnalyzerNote } from './study.ts'

/** Collects what is wrong with a file, and what is not taken over. */
export class ConfigReader {
  readonly #problems: Problem[] = []
  readonly #notes: ModelAnalyzerNote[] = []

  /** What is said for all models is read with each of them. */
  distinctProblems(): readonly Problem[] {
    return distinct(this.#problems)
  }

  distinctNotes(): readonly ModelAnalyzerNote[] {
    return distinct(this.#notes)
  }

  problem(path: string, message: string): void {
    this.#problems.push({ path, message })
  }

  note(path: string, kind: ModelAnalyzerNote['kind'], message: string): void {
    this.#notes.push({ path, kind, message })
  }

  unknown(path: string, known: readonly string[] = [...READ, ...Object.keys(NOTED)]): void {
    const similar = suggest(path.split('.').at(-1) ?? '', known)
    this.note(
      path,
      'unknown',
      `is no option of Model Analyzer${similar === undefined ? '' : `: is '${similar}' meant?`}`,
    )
  }

  /** The members of an object; nothing of anything else, which is a problem. */
  fields(value: unknown, path: string): Readonly<Record<string, unknown>> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return value as Record<string, unknown>
    if (value !== undefined && value !== null) this.problem(path, 'must be an object.')
    return {}
  }

  text(value: unknown, path: string): string | null {
    if (value === undefined || value === null) return null
    if (typeof value === 'string' || typeof value === 'number') return String(value)
    this.problem(path, 'must be a text.')
    return null
  }

  number(value: unknown, path: string, fallback: number): number {
    if (value === undefined || value === null) return fallback
    const number = Number(value)
    if (typeof value !== 'boolean' && Number.isFinite(number) && number >= 0) return number
    this.problem(path, 'must be a number from 0 on.')
    return fallback
  }

  flag(value: unknown, path: string): boolean {
    if (value === undefined || value === null) return false
    // As Python's YAML writes it, too.
    if (value === true || value === 'True') return true
    if (value === false || value === 'False') return false
    this.problem(path, 'must be true or false.')
    return false
  }

  /** Names: `a,b`, or a list. */
  names(value: unknown, path: string): readonly string[] {
    if (value === undefined || value === null) return []
    if (typeof value === 'string') return value.split(',').map((name) => name.trim())
    if (Array.isArray(value) && value.every((name) => typeof name === 'string')) return value
    this.problem(path, 'must be names.')
    return []
  }
}

function distinct<T extends { readonly path: string; readonly message: string }>(
  all: readonly T[],
): readonly T[] {
  return [...new Map(all.map((each) => [`${each.path} ${each.message}`, each])).values()]
}
