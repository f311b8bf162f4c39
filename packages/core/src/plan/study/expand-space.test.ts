import { describe, expect, it } from 'vitest'
import { Problems } from '../../dsl/problems.ts'
import { integers, numbers, when } from '../../dsl/study-axes.ts'
import { formatProblem } from '../../errors/validation-error.ts'
import { expandSpace, type ExpandedStudy } from './expand-space.ts'

function expand(
  options: Record<string, unknown>,
  chosen: Record<string, readonly string[]> = {},
): { study: ExpandedStudy | undefined; problems: readonly string[] } {
  const problems = new Problems()
  const study = expandSpace(problems, options, new Map(Object.entries(chosen)))
  return { study, problems: problems.errors.map((problem) => formatProblem(problem).trim()) }
}

describe('a space', () => {
  it('has all combinations, in the order of the axes', () => {
    const { study } = expand({ space: { instances: [1, 2], level: ['a', 'b'], cores: 4 } })
    expect(study?.cases).toEqual([
      { instances: 1, level: 'a', cores: 4 },
      { instances: 1, level: 'b', cores: 4 },
      { instances: 2, level: 'a', cores: 4 },
      { instances: 2, level: 'b', cores: 4 },
    ])
    expect(study?.plan.axes.map(({ ordered }) => ordered)).toEqual([true, false, false])
    expect(study?.plan.baseline).toEqual({ instances: 1, level: 'a', cores: 4 })
  })

  it('has ranges by steps, by factors, and in equal ratios', () => {
    const axis = (of: unknown): unknown => expand({ space: { x: of } }).study?.plan.axes[0]?.values
    expect(axis(integers({ from: 2, to: 9, step: 3 }))).toEqual([2, 5, 8])
    expect(axis(integers({ from: 1, to: 128, factor: 2 }))).toEqual([1, 2, 4, 8, 16, 32, 64, 128])
    expect(axis(numbers({ from: 0, to: 1, count: 5 }))).toEqual([0, 0.25, 0.5, 0.75, 1])
    expect(axis(numbers({ from: 0.01, to: 100, count: 5, scale: 'log' }))).toEqual([0.01, 0.1, 1, 10, 100])
  })

  it('counts configurations once that differ only in an axis that does not matter', () => {
    const { study } = expand({
      space: { batching: [false, true], delay: when({ batching: true }, [0, 100, 500]) },
    })
    expect(study?.cases).toEqual([
      { batching: false, delay: 0 },
      { batching: true, delay: 0 },
      { batching: true, delay: 100 },
      { batching: true, delay: 500 },
    ])
  })

  it('follows conditions of conditions', () => {
    const { study } = expand({
      space: {
        a: [false, true],
        b: when({ a: true }, [1, 2]),
        c: when({ b: 2 }, ['x', 'y']),
      },
    })
    expect(study?.cases).toHaveLength(1 + 1 + 2)
  })

  it('is pruned by `where`, and restricted by --set', () => {
    const space = { instances: [1, 2, 4], threads: [1, 2, 4] }
    const where = ({ instances, threads }: Record<string, number>): boolean =>
      (instances as number) * (threads as number) <= 4
    expect(expand({ space, where }).study?.cases).toHaveLength(6)
    expect(expand({ space, where }, { threads: ['2'] }).study).toMatchObject({
      cases: [
        { instances: 1, threads: 2 },
        { instances: 2, threads: 2 },
      ],
      plan: { baseline: { instances: 1, threads: 2 } },
    })
  })

  it('has named configurations, of which --set leaves those that are in what remains', () => {
    const named = { wide: { threads: 4 }, long: { instances: 4 }, both: { instances: 2, threads: 4 } }
    const options = {
      space: { instances: [1, 2, 4], threads: [1, 2, 4] },
      candidates: named,
      search: { strategy: 'list', configurations: named },
    }
    expect(expand(options).study?.plan.candidates).toEqual(named)
    const { study, problems } = expand(options, { instances: ['1', '2'], threads: ['4'] })
    expect(problems).toEqual([])
    expect(study?.plan.candidates).toEqual({ wide: named.wide, both: named.both })
    expect(study?.plan.search).toMatchObject({ configurations: { wide: named.wide, both: named.both } })
  })
})

describe('what is wrong with a study is told at once', () => {
  it.each<[what: string, options: Record<string, unknown>, ...parts: string[]]>([
    ['no axes and no server', {}, 'space', 'no axes'],
    ['a space that is none', { space: 3 }, 'space', 'expected axes'],
    ['no axis', { space: {} }, 'nothing is varied'],
    ['an axis without values', { space: { a: [] } }, 'space.a', 'no values'],
    ['values that are none', { space: { a: [1, {}] } }, 'space.a.1', 'an object'],
    ['a value twice', { space: { a: [1, 1] } }, 'space.a.1', 'twice'],
    ['a range that is empty', { space: { a: integers({ from: 5, to: 1 }) } }, 'space.a.to', 'no values'],
    [
      'a range of fractions',
      { space: { a: integers({ from: 1.5, to: 3 }) } },
      'space.a.from',
      'whole number',
    ],
    ['a factor from 0', { space: { a: integers({ from: 0, to: 8, factor: 2 }) } }, 'space.a.from'],
    ['a logarithm from 0', { space: { a: numbers({ from: 0, to: 8, scale: 'log' }) } }, 'space.a.from'],
    ['a condition on no axis', { space: { batching: [true], d: when({ batchng: true }, [1]) } }, 'batching'],
    ['a condition that never holds', { space: { b: [1], d: when({ b: 2 }, [1]) } }, 'never'],
    ['all pruned', { space: { a: [1] }, where: () => false }, 'where', 'refuses every configuration'],
    [
      'a predicate that throws',
      {
        space: { a: [1] },
        where: () => {
          throw new Error('oops')
        },
      },
      'where',
      'oops',
    ],
    [
      'a baseline that is pruned',
      { space: { a: [1, 2] }, where: ({ a }: { a: number }) => a > 1 },
      'baseline',
      'a=1',
    ],
    [
      'a candidate that is pruned',
      {
        space: { a: [1, 2] },
        where: ({ a }: { a: number }) => a < 2,
        candidates: { 'a rule': { a: 2 } },
      },
      'candidates.a rule',
      'a=2',
    ],
    ['a candidate of another value', { space: { a: [1] }, candidates: { b: { a: 3 } } }, 'candidates.b.a'],
    ['no candidates', { space: { a: [1] }, candidates: {} }, 'candidates', 'by name'],
    ['a baseline of other axes', { space: { a: [1] }, baseline: { b: 1 } }, 'baseline.b'],
    ['a baseline of another value', { space: { a: [1] }, baseline: { a: 7 } }, 'baseline.a', 'not a value'],
    [
      'too many',
      {
        space: Object.fromEntries(
          ['a', 'b', 'c', 'd', 'e'].map((axis) => [axis, integers({ from: 1, to: 10 })]),
        ),
      },
      '100000 configurations',
    ],
    [
      'far too many',
      {
        space: Object.fromEntries(
          ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h'].map((axis) => [axis, integers({ from: 1, to: 10 })]),
        ),
      },
      'combinations',
    ],
    ['an unknown metric', { space: { a: [1] }, objective: 'througput' }, 'objective.througput', 'throughput'],
    ['no weight', { space: { a: [1] }, objective: { throughput: 0 } }, 'objective.throughput'],
    ['an unknown strategy', { space: { a: [1] }, search: 'bayes' }, 'search', 'bayesian'],
    [
      'a list without configurations',
      { space: { a: [1] }, search: { strategy: 'list' } },
      'search.configurations',
    ],
    [
      'a list of unknown values',
      { space: { a: [1] }, search: { strategy: 'list', configurations: { x: { a: 3 } } } },
      'search.configurations.x.a',
    ],
    ['a budget too small', { space: { a: [1] }, budget: 1 }, 'budget'],
    ['a budget without a unit', { space: { a: [1] }, budget: '30' }, 'budget'],
    ['one round', { space: { a: [1] }, confirm: { rounds: 1 } }, 'confirm.rounds'],
    ['no loads', { space: { a: [1] }, loads: { concurrency: [] } }, 'loads.concurrency'],
    ['both kinds of load', { space: { a: [1] }, loads: { concurrency: [1], rate: [1] } }, 'loads', 'either'],
    ['a part of a user', { space: { a: [1] }, loads: { concurrency: [1.5] } }, 'loads.concurrency.0'],
  ])('%s', (...[, options, ...parts]) => {
    const { study, problems } = expand(options)
    expect(study).toBeUndefined()
    expect(problems.length).toBeGreaterThan(0)
    for (const part of parts) expect(problems.join('\n')).toContain(part)
  })

  it('and all of it together', () => {
    const { problems } = expand({ space: { a: [], b: 1 }, objective: 3, budget: 0 })
    expect(problems).toHaveLength(3)
  })
})

describe('a baseline that is the server as it is', () => {
  const settings = {
    instances: [1, 2],
    batching: [false, true],
    delay: when({ batching: true }, ['100us', '500us']),
  }

  it('is beside the settings, which are left alone all together or not at all', () => {
    const { study } = expand({ space: { rows: [1, 8] }, settings, baseline: 'unchanged' })
    const as = (values: Record<string, unknown>): unknown => ({ delay: 'unchanged', ...values })
    const left = { instances: 'unchanged', batching: 'unchanged' }
    expect(study?.plan.baseline).toEqual(as({ rows: 1, ...left }))
    expect(study?.cases.filter(({ rows }) => rows === 8)).toEqual([
      as({ rows: 8, ...left }),
      as({ rows: 8, instances: 1, batching: false }),
      as({ rows: 8, instances: 1, batching: true, delay: '100us' }),
      as({ rows: 8, instances: 1, batching: true, delay: '500us' }),
      as({ rows: 8, instances: 2, batching: false }),
      as({ rows: 8, instances: 2, batching: true, delay: '100us' }),
      as({ rows: 8, instances: 2, batching: true, delay: '500us' }),
    ])
    expect(study?.cases).toHaveLength(14)
    // Numbers keep their order.
    expect(study?.plan.axes.map(({ ordered }) => ordered)).toEqual([true, true, false, false])
  })

  it('stays when --set restricts the rest', () => {
    const { study, problems } = expand({ settings, baseline: 'unchanged' }, { instances: ['2'] })
    expect(problems).toEqual([])
    expect(study?.cases.map(({ instances }) => instances)).toEqual(['unchanged', 2, 2, 2])
    expect(expand({ settings, baseline: 'unchanged' }, { instances: ['7'] }).problems.join()).toContain(
      "no value of the axis is '7'",
    )
  })

  it('needs settings', () => {
    expect(expand({ space: { rows: [1, 8] }, baseline: 'unchanged' }).problems.join()).toContain(
      "'unchanged' is the server with none of `settings`, and there are none",
    )
  })
})
