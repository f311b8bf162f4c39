import { describe, expect, it } from 'vitest'
import { readAgreement } from './agreement.ts'
import { Problems } from './problems.ts'

const AT = { server: 'triton', batch: 8 }
const read = (value: unknown): { plan: ReturnType<typeof readAgreement>; errors: readonly string[] } => {
  const problems = new Problems()
  const plan = readAgreement(problems, value, AT)
  return { plan, errors: problems.errors.map(({ path, message }) => `${path}: ${message}`) }
}

describe('readAgreement', () => {
  it('has defaults', () => {
    expect(read(true)).toEqual({
      plan: {
        tolerance: { absolute: 1e-5, relative: 1e-5 },
        outputs: null,
        across: null,
        inputs: 4,
        datatypes: 'equal',
        shapes: 'equal',
      },
      errors: [],
    })
    expect(read({}).plan).toEqual(read(true).plan)
    expect(read(undefined).plan).toBeUndefined()
    expect(read(false).plan).toBeUndefined()
  })

  it('reads names as a list, or by their common names; axes as one or several', () => {
    const { plan, errors } = read({
      tolerance: { absolute: 0 },
      outputs: { probabilities: 'output_0' },
      across: 'server',
      inputs: 1,
      datatypes: 'any',
      shapes: 'any',
    })
    expect(errors).toEqual([])
    expect(plan).toEqual({
      tolerance: { absolute: 0, relative: 1e-5 },
      outputs: { probabilities: 'output_0' },
      across: ['server'],
      inputs: 1,
      datatypes: 'any',
      shapes: 'any',
    })
    expect(read({ outputs: ['a', 'b'] }).plan?.outputs).toEqual({ a: 'a', b: 'b' })
  })

  it.each([
    ['no object', 5, 'agreement: expected true or an object'],
    ['another member', { tolerence: {} }, 'agreement.tolerence: there is no such option.'],
    ['a negative tolerance', { tolerance: { relative: -1 } }, 'agreement.tolerance.relative: '],
    ['a tolerance that is NaN', { tolerance: { absolute: NaN } }, 'agreement.tolerance.absolute: '],
    ['no output', { outputs: [] }, 'agreement.outputs: is empty'],
    ['outputs without names', { outputs: { a: 1 } }, 'agreement.outputs.0: expected text'],
    ['outputs that are text', { outputs: 'a' }, 'agreement.outputs: expected names'],
    ['an axis that there is not', { across: 'encoding' }, 'agreement.across: the scenario has no axis'],
    ['no input', { inputs: 0 }, 'agreement.inputs: '],
    ['another word', { datatypes: 'some' }, 'agreement.datatypes: '],
    ['another word for shapes', { shapes: true }, 'agreement.shapes: '],
  ])('refuses %s', (_, value, message) => {
    const { plan, errors } = read(value)
    expect(plan).toBeUndefined()
    expect(errors.join('\n')).toContain(message)
  })
})
