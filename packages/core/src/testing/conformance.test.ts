import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import { Breach, checkEach } from './breach.ts'
import { checkRules, type ConformanceReport, type Rule } from './conformance.ts'

interface Options {
  readonly device?: string
  readonly model?: string
}

const held = (name: string): Rule<void, Options> => ({ name, run: () => {} })
const broken = (name: string, error: unknown): Rule<void, Options> => ({
  name,
  run: () => {
    throw error
  },
})

function check(rules: readonly Rule<void, Options>[], options: Options = {}): Promise<ConformanceReport> {
  return checkRules({ subject: 'The thing', rules, options, attempt: async (rule) => rule.run() })
}

async function failureOf(rules: readonly Rule<void, Options>[]): Promise<ValidationError> {
  const error: unknown = await check(rules).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(ValidationError)
  return error as ValidationError
}

it('tells what held, and what could not be checked', async () => {
  const rules: Rule<void, Options>[] = [
    held('a'),
    { ...broken('b', new Error('unreached')), needs: ['device'] },
    { ...held('c'), needs: ['model'] },
  ]
  expect(await check(rules, { model: 'm' })).toEqual({ held: ['a', 'c'], skipped: ['b'] })
})

it('goes on after a rule that is broken, and tells all of them, and what else there is to check', async () => {
  const error = await failureOf([
    broken('a', new Breach('it is odd.')),
    held('b'),
    { ...held('c'), needs: ['device', 'model'] },
    broken('d', new Breach('it is even.')),
  ])
  expect(error.message).toBe('The thing has 2 problems:\n  a: it is odd.\n  d: it is even.')
  expect(error.advice).toBe('1 of 4 rules held; the check can do more with device, model.')
  expect(error.cause).toBeUndefined()
})

it('ends with a rule without which the others say nothing', async () => {
  const error = await failureOf([
    broken('a', new Breach('it is not there.', true)),
    broken('b', new Error('x')),
  ])
  expect(error.problems.map(({ path }) => path)).toEqual(['a'])
})

it('keeps what was thrown first, with its stack', async () => {
  const fault = new TypeError('undefined is not a function')
  const error = await failureOf([
    broken('a', new Breach('it is odd.')),
    broken('b', fault),
    broken('c', 'a text'),
  ])
  expect(error.message).toContain('b: threw TypeError: undefined is not a function')
  expect(error.message).toContain('c: threw a text')
  expect(error.cause).toBe(fault)
})

it('tells the places of a rule that is broken in several, and counts the rest', async () => {
  const fault = new Error('of its own')
  const places: Rule<void, Options> = {
    name: 'numbers are even',
    run: () =>
      checkEach([...Array(22).keys()], String, (number) => {
        if (number === 1) throw fault
        if (number % 2 === 1) throw new Breach('is odd.')
      }),
  }
  const { problems, cause } = await failureOf([places])
  expect(problems).toHaveLength(9)
  expect(problems[0]).toEqual({ path: 'numbers are even · 1', message: 'threw Error: of its own' })
  expect(problems[1]).toEqual({ path: 'numbers are even · 3', message: 'is odd.' })
  expect(problems[8]).toEqual({ path: 'numbers are even', message: 'and in 3 more places.' })
  expect(cause).toBe(fault)
})

it('skips rules about a part that is not there, and does not ask for their options', async () => {
  const rules: Rule<void, Options>[] = [
    { ...broken('a', new Error('unreached')), needs: ['model'] },
    broken('b', new Breach('it is odd.')),
  ]
  const error = await checkRules({
    subject: 'The thing',
    rules,
    options: {} as Options,
    isAbsent: ({ name }) => name === 'a',
    attempt: async (rule) => rule.run(),
  }).catch((thrown: unknown) => thrown)
  expect((error as ValidationError).advice).toBe('0 of 2 rules held.')
})
