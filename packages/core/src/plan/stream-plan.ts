import { isFields, join, readCount, readDuration, readFields, type Fields } from '../dsl/fields.ts'
import { isGeneratedInput, isInputSpec } from '../dsl/input.ts'
import { show, type Problems } from '../dsl/problems.ts'
import { readStatic } from '../dsl/static.ts'
import { readSlo } from '../slo/parse-slo.ts'
import type { SloPlan } from '../slo/slo-plan.ts'
import { canonicalJson, type JsonObject, type JsonValue } from '../units/json.ts'
import { reviewBalance } from './balance-plan.ts'
import { functionReference, type FunctionOwner } from './function-references.ts'
import { reviewPipeline } from './pipeline-plan.ts'
import { toPlainData } from './plain-data.ts'
import type { ExchangePlan, FunctionReference, InputPlan, StreamPlan, TargetPlan } from './trial-plan.ts'

/** Literal inputs whose JSON is longer than this stay in the bench file, so that plans and journals stay small. */
export const LONGEST_LITERAL = 16_384

/** What a stream consists of, apart from its load. */
export type StreamParts = Omit<StreamPlan, 'load'>

/** Reads the options of one stream that lie under `path`: the scenario itself (`''`) or `streams.<name>`. */
export function planStream(
  problems: Problems,
  owner: FunctionOwner,
  path: string,
  options: Fields,
): StreamParts | undefined {
  const before = problems.errors.length
  const target = readTarget(problems, owner, join(path, 'target'), options['target'])
  const input = readInput(problems, owner, join(path, 'input'), options['input'])
  const exchange = readExchange(problems, join(path, 'exchange'), options['exchange'])
  const check = readCheck(problems, owner, join(path, 'check'), options['check'])
  const expect = readExpect(problems, join(path, 'expect'), options['expect'])
  if (target?.kind === 'pipeline') {
    reviewPipeline(problems, join(join(path, 'target'), 'options'), target.options)
    if (exchange?.kind === 'stream')
      problems.error(
        join(path, 'exchange'),
        'a pipeline has no streaming exchanges: its steps ask once each.',
      )
  }
  if (target?.kind === 'balance')
    reviewBalance(problems, join(join(path, 'target'), 'options'), target.options)
  const known =
    options['static'] === undefined
      ? undefined
      : readStatic(problems, join(path, 'static'), options['static'])
  const slo = readSloOption(problems, join(path, 'slo'), options['slo'])
  if (
    target === undefined ||
    input === undefined ||
    exchange === undefined ||
    problems.errors.length > before
  )
    return undefined
  return { target, input, exchange, check, expect, slo, ...(known === undefined ? {} : { static: known }) }
}

/** Reads a spec with a kind and a package; `members` hold its options as plain data. */
export function readSpec(
  problems: Problems,
  path: string,
  value: unknown,
  what: string,
  members: readonly string[],
  functionAt?: (path: string) => JsonValue,
): (Readonly<Record<string, JsonObject>> & { readonly kind: string; readonly package: string }) | undefined {
  if (
    !isFields(value) ||
    typeof value['kind'] !== 'string' ||
    typeof value['package'] !== 'string' ||
    members.some((member) => !isFields(value[member]))
  ) {
    problems.error(path, `expected ${what}, not ${show(value)}.`)
    return undefined
  }
  const before = problems.errors.length
  const plain = members.map((member) => {
    const { value: data, offences } = toPlainData(
      value[member],
      join(path, member),
      functionAt && { functionAt },
    )
    for (const offence of offences) problems.error(offence.path, offence.message)
    return [member, data as JsonObject] as const
  })
  if (problems.errors.length > before) return undefined
  return { ...Object.fromEntries(plain), kind: value['kind'], package: value['package'] } as ReturnType<
    typeof readSpec
  >
}

function readTarget(
  problems: Problems,
  owner: FunctionOwner,
  path: string,
  value: unknown,
): TargetPlan | undefined {
  if (value === undefined) {
    problems.error(path, 'there is no target; say what is measured, for example http({ url }).')
    return undefined
  }
  const functionAt = (at: string) => functionReference(owner, at) as unknown as JsonValue
  const spec = readSpec(problems, path, value, 'a target such as http({ url })', ['options'], functionAt)
  return spec && { kind: spec.kind, package: spec.package, options: spec['options'] as JsonObject }
}

export function readInput(
  problems: Problems,
  owner: FunctionOwner,
  path: string,
  value: unknown,
): InputPlan | undefined {
  if (value === undefined) return { from: 'target' }
  if (typeof value === 'function') {
    problems.error(
      path,
      'a function of the case returned a function; use generate() for inputs from a function.',
    )
    return undefined
  }
  if (isGeneratedInput(value)) return { from: 'function', reference: functionReference(owner, path) }
  if (isInputSpec(value)) {
    const { value: options, offences } = toPlainData(value.options, join(path, 'options'))
    for (const offence of offences) problems.error(offence.path, offence.message)
    return { from: 'provider', kind: value.input, package: value.package, options: options as JsonObject }
  }
  const { value: literal, offences } = toPlainData(value, path)
  if (offences.length > 0 || canonicalJson(literal).length > LONGEST_LITERAL)
    return { from: 'function', reference: functionReference(owner, path) }
  return { from: 'literal', value: literal }
}

function readExchange(problems: Problems, path: string, value: unknown): ExchangePlan | undefined {
  if (value === undefined || value === 'request') return { kind: 'request' }
  const fields = readFields(problems, path, value, ['sequence', 'stream'])
  if (fields === undefined) return undefined
  if (isFields(fields['sequence']) && fields['stream'] === undefined) {
    const at = join(path, 'sequence')
    const sequence = readFields(problems, at, fields['sequence'], ['steps', 'thinkTime'])
    const steps = readCount(problems, join(at, 'steps'), sequence?.['steps'])
    const thinkTime =
      sequence?.['thinkTime'] === undefined
        ? 0
        : readDuration(problems, join(at, 'thinkTime'), sequence['thinkTime'])
    return steps === undefined || thinkTime === undefined ? undefined : { kind: 'sequence', steps, thinkTime }
  }
  if (isFields(fields['stream']) && fields['sequence'] === undefined) {
    const at = join(path, 'stream')
    const stream = readFields(problems, at, fields['stream'], ['messages', 'interval'])
    const messages = readCount(problems, join(at, 'messages'), stream?.['messages'])
    const interval =
      stream?.['interval'] === undefined
        ? 0
        : readDuration(problems, join(at, 'interval'), stream['interval'])
    return messages === undefined || interval === undefined
      ? undefined
      : { kind: 'stream', messages, interval }
  }
  problems.error(path, `expected 'request', { sequence: { steps } } or { stream: { messages } }.`)
  return undefined
}

function readCheck(
  problems: Problems,
  owner: FunctionOwner,
  path: string,
  value: unknown,
): FunctionReference | null {
  if (typeof value === 'function') return functionReference(owner, path)
  if (value !== undefined) problems.error(path, `expected a function of the response, not ${show(value)}.`)
  return null
}

function readExpect(problems: Problems, path: string, value: unknown): StreamPlan['expect'] {
  if (value === undefined) return null
  const fields = readFields(problems, path, value, ['bytes', 'crc32'])
  if (fields === undefined) return null
  const bytes = readBytesExpected(problems, join(path, 'bytes'), fields['bytes'])
  const crc32 =
    fields['crc32'] === undefined
      ? undefined
      : readCount(problems, join(path, 'crc32'), fields['crc32'], { min: 0, max: 0xffff_ffff })
  return { ...bytes, ...(crc32 === undefined ? {} : { crc32 }) }
}

/** A number, or the least and the most. */
function readBytesExpected(
  problems: Problems,
  path: string,
  value: unknown,
): Pick<NonNullable<StreamPlan['expect']>, 'bytes' | 'leastBytes' | 'mostBytes'> {
  if (value === undefined) return {}
  if (!isFields(value)) {
    const bytes = readCount(problems, path, value, { min: 0 })
    return bytes === undefined ? {} : { bytes }
  }
  const { min, max } = readFields(problems, path, value, ['min', 'max']) ?? {}
  const least = min === undefined ? undefined : readCount(problems, join(path, 'min'), min, { min: 0 })
  const most = max === undefined ? undefined : readCount(problems, join(path, 'max'), max, { min: 0 })
  if (min === undefined && max === undefined) problems.error(path, 'expected a number, `min` or `max`.')
  if (least !== undefined && most !== undefined && least > most)
    problems.error(path, 'the least is more than the most.')
  return {
    ...(least === undefined ? {} : { leastBytes: least }),
    ...(most === undefined ? {} : { mostBytes: most }),
  }
}

function readSloOption(problems: Problems, path: string, value: unknown): SloPlan | null {
  return value === undefined ? null : readSlo(value, path, problems.errors)
}
