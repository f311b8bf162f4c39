import { describe, expect, it } from 'vitest'
import { formatProblem } from '../errors/validation-error.ts'
import { scoreOf } from '../report/study/study-metric.ts'
import { createRandom } from '../stats/seed.ts'
import { Problems } from './problems.ts'
import { stream } from './stream.ts'
import { when } from './study-axes.ts'
import { planStudy, type StudyPlan } from './study-plan.ts'
import type { TargetSpec } from './target.ts'

function asks(model: string): TargetSpec<'inline'> {
  return { kind: 'inline', package: 'p', options: { model } }
}

const STREAMS = {
  resnet: stream({ target: asks('resnet50') }),
  bert: stream({ target: asks('bert') }),
}

function plan(options: Record<string, unknown>): {
  plan: StudyPlan | undefined
  problems: readonly string[]
} {
  const problems = new Problems()
  const planned = planStudy(problems, { streams: STREAMS, ...options })
  return { plan: planned, problems: problems.errors.map((problem) => formatProblem(problem).trim()) }
}

describe('the models of a study', () => {
  it('have axes by their names, with conditions inside of a model and on the whole', () => {
    const { plan: planned } = plan({
      space: { large: [false, true] },
      models: {
        resnet: {
          settings: { instances: [1, 2] },
          space: { batching: [false, true], delay: when({ batching: true, large: true }, [0, 100]) },
        },
        bert: { loads: { concurrency: { from: 4, to: 16 } }, weight: 2 },
      },
    })
    expect(planned?.axes.map(({ name, values, condition }) => [name, values, condition])).toEqual([
      ['large', [false, true], undefined],
      ['resnet.batching', [false, true], undefined],
      ['resnet.delay', [0, 100], { 'resnet.batching': [true], large: [true] }],
      ['resnet.instances', [1, 2], undefined],
      ['bert.concurrency', [4, 8, 16], undefined],
    ])
    expect(planned?.models?.['resnet']).toMatchObject({
      weight: 1,
      settings: { 'resnet.instances': 'instances' },
      load: null,
    })
    expect(planned?.models?.['bert']?.load).toEqual({ axis: 'bert.concurrency', vary: 'concurrency' })
  })

  it('aim at what the study aims at, or at their own', () => {
    const { plan: planned } = plan({
      models: {
        resnet: { weight: 3, space: { x: 1 } },
        bert: { objective: { throughput: 1, 'responseTime.p99': 3, power: 4 } },
      },
      objective: { goodput: 1, power: 1 },
    })
    expect(planned?.objectives.map(({ metric, weight }) => [metric, weight])).toEqual([
      ['streams.resnet.goodput', (3 / 4) * (1 / 2)],
      // Of the machine, wanted by both.
      ['power', (3 / 4) * (1 / 2) + (1 / 4) * (4 / 8)],
      ['streams.bert.throughput', (1 / 4) * (1 / 8)],
      ['streams.bert.responseTime.p99', (1 / 4) * (3 / 8)],
    ])
  })

  it('start loads at a user for each', () => {
    const models = { resnet: { space: { x: 1 } }, bert: {} }
    expect(plan({ models, loads: { concurrency: { to: 8 } } }).plan?.loads?.values).toEqual([2, 4, 8])
    expect(plan({ models, loads: { concurrency: [1, 4] } }).problems).toEqual([
      'loads.concurrency: 1 is less than one user for each of 2 models.',
    ])
  })

  it('are refused with everything that contradicts', () => {
    const { problems } = plan({
      space: { 'bert.batch': [1, 2] },
      loads: { concurrency: [4] },
      objective: 'streams.bort.throughput',
      models: {
        resnet: { weight: 0, loads: { rate: [10] }, priority: 1 },
        bert: { weight: -1, space: { batch: [1] }, objective: { throughput: 0 } },
        resnet50: {},
        brt: { settings: { instances: [] } },
      },
    })
    const expected = [
      'models.resnet.weight: expected a weight above 0, not 0.',
      'models.resnet.priority: there is no such option.',
      'models.bert.weight: expected a weight above 0, not -1.',
      "models.bert: there is an axis 'bert.batch' already.",
      'models.bert.objective.throughput: expected a weight above 0, not 0.',
      'models.brt.settings.instances: the axis has no values.',
      'loads: models have `loads` of their own: vary them together here, or each there.',
      "models.resnet50: no stream asks it: its stream is called 'resnet'.",
      "models.brt: no stream asks it: there are 'resnet', 'bert'. Did you mean 'bert'?",
      "objective.streams.bort.throughput: there is no stream 'bort'. Did you mean 'bert'?",
    ]
    for (const problem of expected) expect(problems).toContain(problem)
    expect(problems).toHaveLength(expected.length)
  })

  it.each([
    [{}, 'models: expected what is said of each stream'],
    [[], 'models: expected what is said of each stream'],
    [{ resnet: 3 }, 'models.resnet: expected an object, not 3.'],
    [{ resnet: { loads: { concurrency: [1], rate: [1] } } }, 'models.resnet.loads: expected either'],
  ])('are refused: %j', (models, part) => {
    expect(plan({ models, space: { x: [1, 2] } }).problems.join('\n')).toContain(part)
  })

  it('need streams, and targets that name a model for its settings', () => {
    const models = { resnet: { settings: { instances: [1, 2] } } }
    expect(plan({ models, streams: undefined }).problems.join()).toContain(
      'write `streams`, one for each model',
    )
    const unnamed = { resnet: { stream: { target: { kind: 'http', package: 'p', options: {} } } } }
    expect(plan({ models, streams: unnamed }).problems).toEqual([
      'models.resnet.settings: are of a model, and the target of its stream names none.',
    ])
  })
})

describe('the score of several models', () => {
  type Values = Readonly<Record<string, number>>
  interface Draw {
    readonly weights: readonly number[]
    readonly aims: readonly Values[]
    readonly before: Values
    readonly after: Values
  }

  const METRICS = ['throughput', 'goodput', 'responseTime.p99', 'responseTime.mean']
  const NAMES = ['a', 'b', 'c']
  const random = createRandom({ seed: 'gains', path: [], repeat: 0, stream: '', purpose: 'test' })

  function draw(spread: number): Draw {
    const number = (): number => 0.1 + 5 * random.next()
    const before: Record<string, number> = {}
    const after: Record<string, number> = {}
    const aims = NAMES.map((name) =>
      Object.fromEntries(
        METRICS.filter((_, index) => index === 0 || random.next() < 0.5).map((metric) => {
          const key = `streams.${name}.${metric}`
          before[key] = 1000 * number()
          after[key] = before[key] * Math.exp(spread * (2 * random.next() - 1))
          return [metric, number()]
        }),
      ),
    )
    return { weights: NAMES.map(number), aims, before, after }
  }

  function objectivesOf({ weights, aims }: Draw): StudyPlan['objectives'] {
    const streams = Object.fromEntries(NAMES.map((name) => [name, stream({ target: asks(name) })]))
    const models = Object.fromEntries(
      NAMES.map((name, index) => [name, { weight: weights[index], objective: aims[index], space: { x: 1 } }]),
    )
    const { plan: planned, problems } = plan({ streams, models })
    if (planned === undefined) throw new Error(problems.join())
    return planned.objectives
  }

  function gainOf(one: Draw): number {
    const objectives = objectivesOf(one)
    return (scoreOf(objectives, one.after) ?? NaN) - (scoreOf(objectives, one.before) ?? NaN)
  }

  /** Σ W·(Σ w·part ÷ Σ w) ÷ Σ W, term by term. */
  function byHand(
    { weights, aims, before, after }: Draw,
    part: (after: number, before: number) => number,
  ): number {
    let all = 0
    let total = 0
    for (const [index, name] of NAMES.entries()) {
      let own = 0
      let sum = 0
      for (const [metric, weight] of Object.entries(aims[index] as Values)) {
        const key = `streams.${name}.${metric}`
        const sign = metric.startsWith('responseTime') ? -1 : 1
        own += weight * sign * part(after[key] as number, before[key] as number)
        sum += weight
      }
      all += (weights[index] as number) * (own / sum)
      total += weights[index] as number
    }
    return all / total
  }

  it('is the mean of the models’ gains by their weights, which are means of the gains of their aims', () => {
    for (let index = 0; index < 200; index++) {
      const one = draw(2)
      expect(gainOf(one)).toBeCloseTo(
        byHand(one, (after, before) => Math.log(after / before)),
        10,
      )
    }
  })

  it('does not depend on the size of weights, only on their ratios', () => {
    for (let index = 0; index < 50; index++) {
      const one = draw(1)
      const scaled = {
        ...one,
        weights: one.weights.map((weight) => 7 * weight),
        aims: one.aims.map((aim, at) =>
          Object.fromEntries(Object.entries(aim).map(([metric, weight]) => [metric, (at + 2) * weight])),
        ),
      }
      expect(gainOf(scaled)).toBeCloseTo(gainOf(one), 10)
    }
  })

  it('is that of Model Analyzer for gains of usual size', () => {
    // ModelConfigMeasurement._calculate_weighted_score: the difference by the mean of both, which is 2 tanh(ln(a ÷ b) ÷ 2).
    const theirs = (after: number, before: number): number => (after - before) / ((after + before) / 2)
    for (let index = 0; index < 200; index++) {
      const one = draw(0.3)
      // |x − 2 tanh(x ÷ 2)| ≤ |x|³ ÷ 12.
      expect(Math.abs(gainOf(one) - byHand(one, theirs))).toBeLessThanOrEqual((0.3 * 0.3 * 0.3) / 12 + 1e-12)
    }
  })
})
