import { describe, expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import { http } from '../builtin/http/target.ts'
import { inline } from '../dsl/inline.ts'
import { closed } from '../dsl/loads/closed.ts'
import { pipeline } from '../dsl/pipeline.ts'
import { Problems } from '../dsl/problems.ts'
import { stream } from '../dsl/stream.ts'
import { planCase } from './case-plan.ts'
import { pipelineSteps, targetsOf } from './pipeline-plan.ts'
import type { StreamPlan } from './trial-plan.ts'

const OWNER = { file: 'a.bench.ts', digest: 'd', path: ['x'], case: {} }
const target = http({ url: 'http://127.0.0.1:8000' })
const load = closed({ concurrency: 1 })

function plan(options: Record<string, unknown>) {
  const problems = new Problems()
  const planned = planCase(problems, {
    owner: OWNER,
    tags: [],
    levels: [{ origin: 'scenario', options }],
    defaults: { settings: DEFAULT_SETTINGS, origins: {}, repeats: 1 },
  })
  return { streams: planned?.trial.streams ?? {}, errors: problems.errors }
}

/** As a bench file without types may have it. */
const untyped = (steps: unknown): unknown => ({ kind: 'pipeline', package: 'servebench', options: { steps } })

describe('a pipeline', () => {
  it('becomes plain data, its functions named by where they are', () => {
    const chain = pipeline([
      { name: 'detect', target },
      { name: 'crop', run: () => 'part', check: () => true },
      { name: 'classify', target: inline((text: string) => text), input: (part) => part },
    ])
    const { streams, errors } = plan({ streams: { a: stream({ target: chain, load }) } })
    expect(errors).toEqual([])
    const found = (streams['a'] as StreamPlan).target
    const at = (option: string) =>
      expect.objectContaining({ option: `streams.a.target.options.steps.${option}` })
    expect(pipelineSteps(found)).toEqual([
      { name: 'detect', target },
      { name: 'crop', run: at('1.run'), check: at('1.check') },
      {
        name: 'classify',
        target: { kind: 'inline', package: 'servebench', options: { call: at('2.target.options.call') } },
        input: at('2.input'),
      },
    ])
    expect(targetsOf(found).map(({ kind }) => kind)).toEqual(['http', 'inline'])
    expect(JSON.parse(JSON.stringify(streams))).toEqual(streams)
  })

  it('may have one step', () => {
    expect(plan({ target: pipeline([{ name: 'only', target }]), load }).errors).toEqual([])
  })

  it.each<readonly [string, unknown, string, RegExp]>([
    ['no steps', [], 'target.options.steps', /expected a list of steps/],
    ['no list', 'detect', 'target.options.steps', /expected a list of steps/],
    [
      'two steps of one name',
      [
        { name: 'a', target },
        { name: 'a', target },
      ],
      'target.options.steps.1.name',
      /'a' is the name of step 1 already/,
    ],
    ['a step without a name', [{ target }], 'target.options.steps.0.name', /starting with a letter/],
    [
      'a name that is no word',
      [{ name: 'a b', target }],
      'target.options.steps.0.name',
      /starting with a letter/,
    ],
    [
      'a step that does nothing',
      [{ name: 'a', target }, { name: 'b' }],
      'target.options.steps.1',
      /neither a target to ask nor a function to run/,
    ],
    [
      'a step that does both',
      [{ name: 'a', target, run: () => 1 }],
      'target.options.steps.0.run',
      /make two steps of it/,
    ],
    [
      'a first step with an input',
      [{ name: 'a', target, input: () => ({}) }],
      'target.options.steps.0.input',
      /what the scenario's input gives/,
    ],
    [
      'a function with an input',
      [
        { name: 'a', target },
        { name: 'b', run: () => 1, input: () => 1 },
      ],
      'target.options.steps.1.input',
      /needs no input/,
    ],
    [
      'an input that is no function',
      [
        { name: 'a', target },
        { name: 'b', target, input: { path: '/' } },
      ],
      'target.options.steps.1.input',
      /expected a function/,
    ],
    [
      'a target that is none',
      [{ name: 'a', target: 'http://127.0.0.1' }],
      'target.options.steps.0.target',
      /expected a target/,
    ],
    [
      'a pipeline in a pipeline',
      [{ name: 'a', target: pipeline([{ name: 'b', target }]) }],
      'target.options.steps.0.target',
      /write its steps into this one/,
    ],
    ['functions only', [{ name: 'a', run: () => 1 }], 'target.options.steps', /use inline\(\)/],
    [
      'an unknown option',
      [{ name: 'a', target, chekc: () => true }],
      'target.options.steps.0.chekc',
      /no such option/,
    ],
  ])('is refused with %s', (_what, steps, path, message) => {
    const { errors } = plan({ target: untyped(steps), load })
    expect(errors).toEqual([expect.objectContaining({ path, message: expect.stringMatching(message) })])
  })

  it('tells all that is wrong at once', () => {
    const { errors } = plan({ target: untyped([{ name: '1' }, { name: 'b', run: 1 }]), load })
    expect(errors.length).toBeGreaterThanOrEqual(3)
  })

  it('is refused with a streaming exchange', () => {
    const { errors } = plan({
      target: pipeline([{ name: 'a', target }]),
      exchange: { stream: { messages: 3 } },
      load,
    })
    expect(errors).toEqual([
      expect.objectContaining({ path: 'exchange', message: expect.stringMatching(/no streaming exchanges/) }),
    ])
  })
})
