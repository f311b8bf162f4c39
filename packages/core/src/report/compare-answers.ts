import type { AgreementPlan } from '../dsl/agreement.ts'
import type { Scalar } from '../dsl/matrix.ts'
import { compareElements, type ElementDifferences, type Elements } from '../stats/comparison/elements.ts'
import { caseName } from './case-name.ts'
import type { AgreementReport, OutputAgreement } from './result.ts'

/** An output of one answer. */
export interface AnsweredOutput {
  readonly name: string
  readonly datatype: string | null
  readonly shape: readonly number[]
  readonly elements: Elements
}

/** What a case answered: the outputs of every input. */
export interface CaseAnswers {
  readonly case: Readonly<Record<string, Scalar>>
  readonly plan: AgreementPlan
  readonly answers: readonly (readonly AnsweredOutput[])[]
}

/** What is in the answers of the case that others are compared with. */
export function describeReference({ plan, answers }: CaseAnswers): AgreementReport {
  const outputs = namesOf(plan, answers[0] ?? []).map((names): OutputAgreement => {
    const found = answers.map((outputs) => outputs.find(({ name }) => name === names.own))
    const missing = found.some((output) => output === undefined)
    return {
      ...factsOf(names.common, found),
      problem: missing ? missingOutput(names.own, answers[0] ?? []) : null,
    }
  })
  return reportOf(plan, answers.length, null, outputs)
}

/** Compares the answers of a case with those of another to the same inputs. */
export function compareAnswers(one: CaseAnswers, reference: CaseAnswers): AgreementReport {
  const { plan, answers } = one
  const first = answers[0] ?? []
  const expected = reference.answers[0] ?? []
  const pairs = pairOutputs(namesOf(plan, first), namesOf(reference.plan, expected), plan, reference.plan)
  const outputs = pairs.map(({ common, own, other }): OutputAgreement => {
    const found = answers.map((outputs) => outputs.find(({ name }) => name === own))
    const wanted = reference.answers.map((outputs) => outputs.find(({ name }) => name === other))
    const facts = factsOf(common, found)
    if (own === null || found.some((output) => output === undefined))
      return { ...facts, problem: missingOutput(own ?? common, first) }
    if (other === null || wanted.some((output) => output === undefined))
      return { ...facts, problem: `${caseName(reference.case)} has no such output.` }
    return compareOutput(facts, found as AnsweredOutput[], wanted as AnsweredOutput[], {
      ...plan,
      ...leniency(plan, reference.plan),
    })
  })
  return reportOf(plan, answers.length, reference.case, outputs)
}

/** What either of two cases allows. */
function leniency(...plans: readonly AgreementPlan[]): Pick<AgreementPlan, 'datatypes' | 'shapes'> {
  const either = (name: 'datatypes' | 'shapes'): 'equal' | 'any' =>
    plans.some((plan) => plan[name] === 'any') ? 'any' : 'equal'
  return { datatypes: either('datatypes'), shapes: either('shapes') }
}

function reportOf(
  { tolerance }: AgreementPlan,
  inputs: number,
  reference: AgreementReport['reference'],
  outputs: readonly OutputAgreement[],
): AgreementReport {
  return { reference, inputs, tolerance, agrees: outputs.every(({ problem }) => problem === null), outputs }
}

interface Names {
  readonly common: string
  readonly own: string
}

function namesOf({ outputs }: AgreementPlan, answer: readonly AnsweredOutput[]): readonly Names[] {
  return outputs === null
    ? answer.map(({ name }) => ({ common: name, own: name }))
    : Object.entries(outputs).map(([common, own]) => ({ common, own }))
}

interface Pair {
  readonly common: string
  readonly own: string | null
  readonly other: string | null
}

/** By name; the only outputs of two cases belong together whatever their names. */
function pairOutputs(
  own: readonly Names[],
  others: readonly Names[],
  plan: AgreementPlan,
  reference: AgreementPlan,
): readonly Pair[] {
  const [one] = own
  const [other] = others
  const isFree = plan.outputs === null && reference.outputs === null
  if (isFree && own.length === 1 && others.length === 1 && one !== undefined && other !== undefined)
    return [{ common: other.common || one.common, own: one.own, other: other.own }]
  const common = new Set([...others, ...own].map((names) => names.common))
  const find = (names: readonly Names[], name: string): string | null =>
    names.find((each) => each.common === name)?.own ?? null
  return [...common].map((name) => ({ common: name, own: find(own, name), other: find(others, name) }))
}

function factsOf(name: string, found: readonly (AnsweredOutput | undefined)[]): OutputAgreement {
  const [first] = found
  return {
    name,
    datatype: first?.datatype ?? null,
    shape: first?.shape ?? null,
    elements: found.reduce((sum, output) => sum + (output?.elements.length ?? 0), 0),
    differing: null,
    maxAbsolute: null,
    maxRelative: null,
    notNumbers: null,
    problem: null,
  }
}

function missingOutput(name: string, answer: readonly AnsweredOutput[]): string {
  const names = answer.map((output) => `'${output.name}'`).join(', ')
  return `There is no output '${name}'; there ${answer.length === 1 ? 'is' : 'are'} ${names || 'none'}.`
}

function compareOutput(
  facts: OutputAgreement,
  found: readonly AnsweredOutput[],
  wanted: readonly AnsweredOutput[],
  plan: AgreementPlan,
): OutputAgreement {
  const parts: ElementDifferences[] = []
  for (const [input, expected] of wanted.entries()) {
    const output = found[input]
    if (output === undefined) return { ...facts, problem: `Input ${input + 1} has no answer.` }
    const problem = formProblem(output, expected, plan)
    if (problem !== null) return { ...facts, problem }
    parts.push(compareElements(output.elements, expected.elements, plan.tolerance))
  }
  const differing = parts.reduce((sum, part) => sum + part.differing, 0)
  const maxAbsolute = largest(parts.map((part) => part.maxAbsolute))
  const maxRelative = largest(parts.map((part) => part.maxRelative))
  return {
    ...facts,
    differing,
    maxAbsolute,
    maxRelative,
    notNumbers: parts.reduce((sum, part) => sum + part.notNumbers, 0),
    problem: differing === 0 ? null : describeDifference(found, wanted, parts, differing, facts.elements),
  }
}

/** Why two outputs cannot be compared element by element. */
function formProblem(
  output: AnsweredOutput,
  expected: AnsweredOutput,
  { datatypes, shapes }: AgreementPlan,
): string | null {
  const show = (shape: readonly number[]): string => `[${shape.join(', ')}]`
  if (shapes === 'equal' && show(output.shape) !== show(expected.shape))
    return `Its shape is ${show(output.shape)} instead of ${show(expected.shape)}.`
  const known = output.datatype !== null && expected.datatype !== null
  if (known && datatypes === 'equal' && output.datatype !== expected.datatype)
    return `It is ${output.datatype} instead of ${expected.datatype}.`
  const count = output.elements.length
  const wanted = expected.elements.length
  return count === wanted ? null : `It has ${count} elements instead of ${wanted}.`
}

function describeDifference(
  found: readonly AnsweredOutput[],
  wanted: readonly AnsweredOutput[],
  parts: readonly ElementDifferences[],
  differing: number,
  elements: number,
): string {
  const input = parts.findIndex(({ first }) => first !== null)
  const index = parts[input]?.first ?? 0
  const at = (outputs: readonly AnsweredOutput[]): string => showElement(outputs[input]?.elements[index])
  return `${differing} of ${elements} elements differ; the first, element ${index} of input ${input + 1}, is ${at(found)} instead of ${at(wanted)}.`
}

function showElement(value: number | bigint | string | undefined): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40))
  return typeof value === 'number' ? String(Number(value.toPrecision(DIGITS))) : String(value)
}

/** As many as single precision has. */
const DIGITS = 9

function largest(values: readonly (number | null)[]): number | null {
  return values.reduce((most, value) => (value === null ? most : Math.max(most ?? 0, value)), null)
}
