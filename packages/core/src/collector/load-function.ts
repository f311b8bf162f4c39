import { resolve } from 'node:path'
import { isFields, type Fields } from '../dsl/fields.ts'
import { isGeneratedInput } from '../dsl/input.ts'
import { Problems } from '../dsl/problems.ts'
import type { ScenarioChain } from '../dsl/tree.ts'
import { ServebenchError } from '../errors/servebench-error.ts'
import { findOption } from '../plan/option-level.ts'
import type { FunctionReference } from '../plan/trial-plan.ts'
import { importBenchFile, staleFileError, type BenchFile } from './bench-file.ts'
import { evaluateLevels } from './evaluate.ts'

/**
 * A function of a bench file, ready to be called in this thread:
 * `check`: `(response) => boolean | Promise<boolean>`; `input`: `({ index, random }) => request`, also for an input that
 * is written as a value; a think time: `(random) => Duration`; `inline`: `(request, { signal }) => response`.
 */
export type BenchFunction = (...args: never[]) => unknown

/** Bench files that this thread has imported, by absolute path. */
const imported = new Map<string, Promise<BenchFile>>()
let last: Promise<unknown> = Promise.resolve()

/**
 * Imports the bench file that a plan names in this thread, and returns the function itself. A file is imported once.
 * @param root what the reference's file is relative to
 * @throws {ServebenchError} `SERVEBENCH_BENCH_FILE_CHANGED` when the file is not the one that was collected
 */
export async function loadFunction(reference: FunctionReference, root: string): Promise<BenchFunction> {
  const bench = await importOnce(resolve(root, reference.file))
  const chain = bench.scenarios.find((candidate) => candidate.path.join('\n') === reference.path.join('\n'))
  if (bench.digest !== reference.digest || chain === undefined) throw staleFileError(reference.file)
  const found = findFunction(chain, reference)
  if (found !== undefined) return found
  throw new ServebenchError(
    'SERVEBENCH_BENCH_FILE',
    `There is no function in '${reference.option}' of scenario '${reference.path.join(' > ')}' in ${reference.file} when it is loaded again.`,
    { advice: 'Functions of the case must give the same for the same case, whenever they are called.' },
  )
}

/** One import at a time: `describe` and `scenario` add to whichever file is being imported. */
function importOnce(path: string): Promise<BenchFile> {
  const known = imported.get(path)
  if (known !== undefined) return known
  const bench = last.then(() => importBenchFile(path))
  last = bench.catch(() => undefined)
  imported.set(path, bench)
  return bench
}

function findFunction(chain: ScenarioChain, reference: FunctionReference): BenchFunction | undefined {
  const keys = reference.option.split('.')
  const levels = evaluateLevels(new Problems(), chain, reference.case, reference.setup)
  const options =
    keys[0] === 'streams' ? streamOptions(findOption(levels, 'streams')?.value, keys) : undefined
  const [name = '', ...rest] = options === undefined ? keys : keys.slice(2)
  const value = rest.reduce(member, options === undefined ? findOption(levels, name)?.value : options[name])
  if (name === 'check') return bindCheck(value, reference)
  // `input`, and `quality.labelled.input`.
  const last = keys.at(-1)
  if (name === 'input' || (name === 'quality' && last === 'input'))
    return isGeneratedInput(value) ? value.generate : asWritten(value)
  if (name === 'quality' && last === 'labels') return asWritten(value)
  return typeof value === 'function' ? (value as BenchFunction) : undefined
}

/** An input that is written as a value: there is one payload, however large the ring. */
function asWritten(value: unknown): BenchFunction {
  return Object.assign(() => value, { distinct: 1 })
}

/** The options inside `streams: { name: stream(options) }`. */
function streamOptions(streams: unknown, [, name = '']: readonly string[]): Fields {
  const stream = member(member(streams, name), 'stream')
  return isFields(stream) ? stream : {}
}

function member(value: unknown, key: string): unknown {
  if (Array.isArray(value)) return value[Number(key)]
  return isFields(value) ? value[key] : undefined
}

function bindCheck(value: unknown, reference: FunctionReference): BenchFunction | undefined {
  if (typeof value !== 'function') return undefined
  return (response: never) =>
    (value as (...args: unknown[]) => unknown)(response, reference.case, reference.setup)
}
