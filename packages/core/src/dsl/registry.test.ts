import { describe as group, expect, it } from 'vitest'
import { VERSION } from '../version.ts'
import { describe } from './describe.ts'
import { closed } from './loads/closed.ts'
import { collectTree } from './registry.ts'
import { scenario } from './scenario.ts'
import { listScenarios } from './tree.ts'

const load = closed({ concurrency: 1 })

async function collect(body: () => unknown) {
  return listScenarios(await collectTree(async () => body()))
}

group('collecting', () => {
  it('lists scenarios in the order they are written, with the names around them', async () => {
    const scenarios = await collect(() => {
      scenario('first', { load })
      describe('a', { repeats: 2 }, () => {
        describe('b', () => scenario('deep', { load }))
        scenario('shallow', { load })
      })
    })
    expect(scenarios.map(({ path }) => path)).toEqual([['first'], ['a', 'b', 'deep'], ['a', 'shallow']])
    expect(scenarios[1]?.suites.map((suite) => suite.options)).toEqual([{ repeats: 2 }, {}])
  })

  it('calls no option', async () => {
    const called = () => {
      throw new Error('called')
    }
    const scenarios = await collect(() =>
      scenario('inert', { target: called, load: called, input: called, setup: called, check: called }),
    )
    expect(scenarios).toHaveLength(1)
  })

  it('remembers where things are written', async () => {
    const [first] = await collect(() => scenario('x', { load }))
    expect(first?.scenario.place).toMatchObject({
      file: expect.stringMatching(/registry\.test\.ts$/),
      line: expect.any(Number),
    })
  })

  it('collects nothing from one file into another', async () => {
    await collect(() => scenario('x', { load }))
    expect(await collect(() => scenario('x', { load }))).toHaveLength(1)
  })

  it('lets go when a file throws', async () => {
    await expect(
      collect(() => {
        throw new Error('broken file')
      }),
    ).rejects.toThrow('broken file')
    expect(await collect(() => scenario('x', { load }))).toHaveLength(1)
  })

  it('refuses a name that is used twice, and tells both places', async () => {
    const twice = collect(() => {
      describe('group', () => {
        scenario('same', { load })
        scenario('same', { load })
      })
    })
    await expect(twice).rejects.toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_DUPLICATE_NAME',
        message: expect.stringMatching(
          /'same' is used twice: at \S+registry\.test\.ts:(\d+):\d+ and at \S+registry\.test\.ts:(?!\1:)\d+:\d+\./,
        ),
      }),
    )
  })

  it('takes the same name in different groups', async () => {
    const scenarios = await collect(() => {
      describe('a', () => scenario('same', { load }))
      describe('b', () => scenario('same', { load }))
    })
    expect(scenarios).toHaveLength(2)
  })

  it.each([
    [
      'an asynchronous body',
      () => describe('x', (async () => {}) as () => void),
      "The body of describe('x') is asynchronous",
    ],
    ['no body', () => describe('x', {}, undefined as never), 'needs a function as its last argument'],
    ['an empty name', () => scenario(' ', { load }), 'must be text'],
    ['a name that is no text', () => scenario(5 as never, { load }), 'must be text, not 5'],
    ['no options', () => scenario('x', undefined as never), 'must be an object, not undefined'],
  ])('refuses %s', async (_what, body, message) => {
    await expect(collect(body)).rejects.toThrow(message)
  })

  it('refuses scenarios outside a bench file', () => {
    expect(() => scenario('late', { load })).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_NOT_COLLECTING',
        advice: expect.stringContaining('`servebench`'),
      }),
    )
  })

  it('refuses a second copy of another version, naming both', async () => {
    const key = Symbol.for('servebench/registry')
    const realm = globalThis as Record<symbol, unknown>
    const own = realm[key]
    realm[key] = {
      version: '0.0.1-other',
      url: 'file:///elsewhere/node_modules/servebench/dist/dsl/registry.js',
      collection: null,
    }
    try {
      expect(() => scenario('x', { load })).toThrow(
        expect.objectContaining({
          code: 'SERVEBENCH_TWO_COPIES',
          message: expect.stringMatching(
            new RegExp(
              `0\\.0\\.1-other from /elsewhere/node_modules/servebench and ${VERSION} from \\S+/packages/core`,
            ),
          ),
        }),
      )
    } finally {
      realm[key] = own
    }
  })

  it('joins the registry of a second copy of the same version', async () => {
    const key = Symbol.for('servebench/registry')
    const realm = globalThis as Record<symbol, unknown>
    const own = realm[key]
    const other = {
      version: VERSION,
      url: 'file:///elsewhere/dist/dsl/registry.js',
      collection: { nodes: [], open: [] },
    }
    realm[key] = other
    try {
      scenario('x', { load })
      expect(other.collection.nodes).toHaveLength(1)
    } finally {
      realm[key] = own
    }
  })
})
