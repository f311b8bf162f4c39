import { ValidationError, type ArtifactSpec, type Problem } from 'servebench/plugin'
import { FAMILIES, familyOf, type FamilyName, type ModelShape, type Shapes } from './families/families.ts'
import type { Field, OptionValue } from './families/family.ts'
import { PRECISIONS, type Precision } from './precision/precision.ts'

/** The kind of artifact, and the package whose plugin builds it. */
export const ARTIFACT = 'onnx-model'
export const PACKAGE = '@servebench/plugin-models'

export type ModelIo = 'fp32' | 'native'

/** Options of every family. */
export interface CommonOptions {
  /** The model's name on servers; by default made of its shape, for example `mlp-3x256`. */
  readonly name?: string
  /** Of the weights: a whole number. Default 1. */
  readonly seed?: number
  /**
   * Of weights and arithmetic: `fp16` and `bf16` halve the bytes; `int8` has weights of 8 bits, and activations, too,
   * around matrix products and convolutions. Default `fp32`.
   */
  readonly precision?: Precision
  /**
   * Inputs and outputs that are not whole numbers: `fp32`, converted inside, so that clients do not notice; or `native`,
   * those of the precision `fp16` or `bf16` themselves, which halves the bytes of requests and answers. Default `fp32`.
   */
  readonly io?: ModelIo
  /** Share of the weights of matrix products and convolutions that are 0, those nearest to it; below 1. Default 0. */
  readonly pruned?: number
}

export type OptionsOf<Name extends FamilyName> = CommonOptions & { readonly family: Name } & Partial<
    Shapes[Name]
  >
/** A family and what of its defaults is different. */
export type OnnxModelOptions = { [Name in FamilyName]: OptionsOf<Name> }[FamilyName]

/** What a model consists of, with every default in place: equal models have equal plans. */
export interface ModelPlan {
  readonly shape: ModelShape
  readonly seed: number
  readonly precision: Precision
  readonly pruned: number
  /** Absent for `fp32`. */
  readonly io?: 'native'
}

export interface OnnxModelSpec extends ArtifactSpec {
  readonly artifact: typeof ARTIFACT
  readonly package: typeof PACKAGE
  readonly options: ModelPlan & {
    readonly shape: ModelShape & Readonly<Record<string, OptionValue>>
  } & Readonly<Record<string, OptionValue | Readonly<Record<string, OptionValue>>>>
}

/**
 * A synthetic model: inert until a server needs it, then written once as an ONNX file and kept by its content hash.
 * The batch dimension is dynamic. Equal options and seed give equal bytes on every machine.
 *
 * @example onnxModel({ family: 'mlp', inputs: 784, width: 1024, layers: 8, seed: 1 })
 * @throws {ValidationError} with all problems of the options at once.
 */
export function onnxModel(options: OnnxModelOptions): OnnxModelSpec {
  const { name, ...plan } = planModel('onnxModel()', options)
  return {
    artifact: ARTIFACT,
    package: PACKAGE,
    name: name ?? nameOf(plan),
    options: plan as OnnxModelSpec['options'],
  }
}

/**
 * Puts the defaults in place.
 * @throws {ValidationError} that names `where`
 */
export function planModel(where: string, options: OnnxModelOptions): ModelPlan & { readonly name?: string } {
  const { name, seed = 1, precision = 'fp32', pruned = 0, io = 'fp32', ...given } = withoutUndefined(options)
  const names = Object.keys(FAMILIES)
  if (!Object.hasOwn(FAMILIES, options.family)) {
    const family = String((options as { family?: unknown }).family)
    const message = `'${family}' is not a family; there are ${names.join(', ')}.`
    throw new ValidationError(where, [{ path: 'family', message }])
  }
  const { fields } = FAMILIES[options.family]
  const defaults = Object.fromEntries(Object.entries(fields).map(([key, field]) => [key, field.default]))
  const shape = { ...defaults, ...given } as ModelShape
  const problems = [...checkShape(shape, fields), ...checkCommon({ name, seed, precision, pruned, io })]
  if (problems.length > 0) throw new ValidationError(where, problems)
  return {
    shape,
    seed,
    precision,
    pruned,
    ...(io === 'native' ? { io } : {}),
    ...(name === undefined ? {} : { name }),
  }
}

function checkShape(shape: ModelShape, fields: Readonly<Record<string, Field<OptionValue>>>): Problem[] {
  const problems: Problem[] = []
  for (const [key, value] of Object.entries(shape) as [string, unknown][]) {
    if (key === 'family') continue
    const field = Object.hasOwn(fields, key) ? fields[key] : undefined
    const message =
      field === undefined
        ? `is not an option of family '${shape.family}': ${Object.keys(fields).join(', ')}.`
        : describe(field.problem(value), value)
    if (message !== null) problems.push({ path: key, message })
  }
  return problems.length > 0 ? problems : (familyOf(shape).check?.(shape) ?? [])
}

function checkCommon({
  name,
  seed,
  precision,
  pruned,
  io,
}: {
  readonly [Key in keyof Required<CommonOptions>]: CommonOptions[Key] | undefined
}): Problem[] {
  const problems: Problem[] = []
  const report = (path: string, message: string): number => problems.push({ path, message })
  if (!Number.isSafeInteger(seed)) report('seed', describe('a whole number', seed) as string)
  if (precision === undefined || !PRECISIONS.includes(precision)) {
    report('precision', describe(`one of ${PRECISIONS.join(', ')}`, precision) as string)
  }
  if (io !== 'fp32' && io !== 'native') report('io', describe('fp32 or native', io) as string)
  else if (io === 'native' && precision !== 'fp16' && precision !== 'bf16')
    report('io', 'is native only for the precisions fp16 and bf16.')
  if (typeof pruned !== 'number' || !(pruned >= 0 && pruned < 1)) {
    report('pruned', describe('a number from 0 to below 1', pruned) as string)
  }
  if (name !== undefined && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(name)) {
    const rule = "letters, digits, '.', '_' and '-', 128 at most, so that it fits URLs and folders"
    report('name', `must be ${rule}; not ${JSON.stringify(name)}.`)
  }
  return problems
}

function describe(rule: string | null, value: unknown): string | null {
  return rule === null ? null : `must be ${rule}, not ${JSON.stringify(value)}.`
}

/** What a model is called when it has no name of its own; also the name inside the file. */
export function nameOf({ shape, precision, pruned, io }: ModelPlan): string {
  const variant = `${precision === 'fp32' ? '' : `-${precision}`}${io === undefined ? '' : `-${io}`}${pruned === 0 ? '' : `-pruned${pruned}`}`
  return `${familyOf(shape).nameOf(shape)}${variant}`
}

function withoutUndefined<Options extends object>(values: Options): Options {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Options
}
