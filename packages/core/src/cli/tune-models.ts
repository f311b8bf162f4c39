import type { Problem } from '../errors/validation-error.ts'
import { suggest } from '../units/suggest.ts'
import { shapesOf } from './quick-scenario.ts'

export type Wrong = (path: string, message: string, suggestion?: string) => void

/** What options say of all models, and of single ones. */
export interface ModelLimits {
  readonly all: Readonly<Record<string, string | number>>
  readonly own: ReadonlyMap<string, Readonly<Record<string, string | number>>>
}

export interface ModelLimitValues {
  readonly latencyBudget?: string | readonly string[]
  readonly minThroughput?: string | readonly string[]
  readonly weight?: readonly string[]
}

/** `--latency-budget 10ms` is of each model, `--latency-budget resnet=5ms` of one; `--weight resnet=3`. */
export function readModelLimits(
  models: readonly string[],
  { latencyBudget, minThroughput, weight }: ModelLimitValues,
  problems: Problem[],
): ModelLimits {
  const wrong = wrongOf(problems)
  const all: Record<string, string | number> = {}
  const own = new Map<string, Record<string, string | number>>()
  const read = (
    option: string,
    key: string,
    given: string | readonly string[] | undefined,
    parse: (text: string) => string | number | null,
  ): void => {
    for (const text of listOf(given)) {
      const [, model, rest = text] = /^(.+)=([^=]*)$/.exec(text) ?? []
      const value = parse(rest)
      if (value === null) continue
      const known = model === undefined ? all : (own.get(model) ?? {})
      if (model !== undefined && !models.includes(model))
        wrong(option, `'${model}' is no --model.`, suggest(model, models))
      else if (known[key] !== undefined)
        wrong(option, `is given twice${model === undefined ? '' : ` for ${model}`}.`)
      known[key] = value
      if (model !== undefined) own.set(model, known)
    }
  }
  read('--latency-budget', 'latencyBudget', latencyBudget, (text) => text)
  read('--min-throughput', 'minThroughput', minThroughput, (text) =>
    numberOf('--min-throughput', text, wrong),
  )
  read('--weight', 'weight', weight, (text) => numberOf('--weight', text, wrong))
  if (all['weight'] !== undefined) wrong('--weight', 'is of one of several models: --weight resnet=3.')
  if (models.length === 1) {
    const [model = ''] = models
    const { weight: needless, ...rest } = own.get(model) ?? {}
    if (needless !== undefined) wrong('--weight', 'is against other models: there is one.')
    for (const key of Object.keys(rest)) {
      if (all[key] !== undefined)
        wrong(key === 'latencyBudget' ? '--latency-budget' : '--min-throughput', 'is given twice.')
    }
    return { all: { ...all, ...rest }, own: new Map() }
  }
  return { all, own }
}

/** `--shape INPUT:3,224,224` is of each model, `--shape resnet/INPUT:3,224,224` of one. */
export function readModelShapes(
  models: readonly string[],
  list: readonly string[] | undefined,
  problems: Problem[],
): ReadonlyMap<string, Record<string, number[]>> {
  const wrong = wrongOf(problems)
  const texts = new Map<string, string[]>()
  for (const text of list ?? []) {
    const begin = models.find((name) => text.startsWith(`${name}/`))
    const [before, after] = text.split('/', 2)
    const similar = after === undefined || before === undefined ? undefined : suggest(before, models)
    if (begin === undefined && models.length > 1 && similar !== undefined)
      wrong(`--shape '${text}'`, `'${before}' is no --model.`, similar)
    for (const name of begin === undefined ? models : [begin])
      texts.set(name, [...(texts.get(name) ?? []), begin === undefined ? text : text.slice(begin.length + 1)])
  }
  const found: Problem[] = []
  const shapes = new Map([...texts].map(([name, own]) => [name, shapesOf(own, found) ?? {}] as const))
  // One that is of all models is wrong once.
  const seen = new Map(found.map((problem) => [problem.path, problem]))
  problems.push(...seen.values())
  return shapes
}

/** Names of models as names of streams: letters, digits, `-` and `_`, a letter first. */
export function streamNames(models: readonly string[]): readonly string[] {
  const names = models.map((model) => {
    const name = model.replaceAll(/[^\w-]/g, '-')
    return /^[A-Za-z]/.test(name) ? name : `m-${name}`
  })
  return names.map((name, index) => (names.indexOf(name) === index ? name : `${name}-${index + 1}`))
}

export function listOf(value: string | readonly string[] | undefined): readonly string[] {
  return value === undefined ? [] : typeof value === 'string' ? [value] : value
}

export function numberOf(option: string, text: string | undefined, wrong: Wrong): number | null {
  if (text === undefined) return null
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  wrong(option, `expected a number above 0, not '${text}'.`)
  return null
}

function wrongOf(problems: Problem[]): Wrong {
  return (path, message, suggestion) =>
    void problems.push({ path, message, ...(suggestion === undefined ? {} : { suggestion }) })
}
