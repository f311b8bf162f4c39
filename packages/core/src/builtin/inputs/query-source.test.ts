import { afterEach, describe, expect, it } from 'vitest'
import { ValidationError } from '../../plugin.ts'
import { createRandom } from '../../stats/seed.ts'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { querySource, type QuerySourceOptions } from './query-source.ts'
import { queries, type QueriesOptions } from './queries.ts'

let project: TemporaryProject | null = null
afterEach(() => {
  project?.[Symbol.dispose]()
  project = null
})

function open(options: QueriesOptions, users: number | null = 3): ReturnType<typeof querySource> {
  project ??= temporaryProject({ 'queries.txt': '/a\n/b\n/c\n/d\n/e\n/f\n/g\n' })
  const spec = queries('queries.txt', options)
  return querySource({ ...(spec.options as unknown as QuerySourceOptions), root: project.root, users })
}

async function problemsOf(options: unknown, users: number | null = 3): Promise<readonly string[]> {
  const error: unknown = await open(options as QueriesOptions, users).catch((thrown: unknown) => thrown)
  return error instanceof ValidationError ? error.problems.map(({ path }) => path) : []
}

describe('queries', () => {
  it('is plain data', () => {
    const spec = queries('a.txt', { deal: 'split', headers: { a: { secret: 'env', name: 'A' } } })
    expect(JSON.parse(JSON.stringify(spec))).toEqual(spec)
    expect(spec).toMatchObject({ input: 'queries', package: 'servebench', options: { file: 'a.txt' } })
  })

  it('is one payload that stands for all queries', async () => {
    const source = await open({ method: 'PUT', headers: { a: 'b' }, append: '&c=1' })
    expect(source.distinct).toBe(1)
    expect(source.units).toBeUndefined()
    const random = createRandom({ seed: 'a', path: [], repeat: 0, stream: 'main', purpose: 'test' })
    expect(source.sample(0, random, () => random)).toMatchObject({
      queries: { lines: 'url', append: '&c=1', maxLine: 131_072, base64: false },
      method: 'PUT',
      headers: { a: 'b' },
    })
    expect(source.files).toMatchObject({ lines: 'url', deal: 'shared', times: null })
  })

  it('says how many units there are when the files are replayed so often', async () => {
    expect((await open({ times: 4 })).units).toEqual([28])
    expect((await open({ times: 2, deal: 'each' })).units).toEqual([14, 14, 14])
    const split = await open({ times: 1, deal: 'split' })
    expect(split.units).toHaveLength(3)
    expect(split.units?.reduce((sum, count) => sum + count, 0)).toBe(7)
  })

  it('reports all options that are wrong at once', async () => {
    expect(
      await problemsOf({
        lines: 'urls',
        deal: 'random',
        badLines: 'ignore',
        times: 0,
        append: 'a b',
        base64: 'yes',
        offset: '-1B',
        maxLine: '10B',
        wrap: true,
      }),
    ).toEqual([
      'queries.wrap',
      'queries.lines',
      'queries.deal',
      'queries.badLines',
      'queries.times',
      'queries.append',
      'queries.base64',
      'queries.offset',
      'queries.maxLine',
    ])
    expect(await problemsOf({ times: 1.5 })).toEqual(['queries.times'])
    expect(await problemsOf({ lines: 'body', append: '&a' })).toEqual(['queries.append'])
    expect(await problemsOf({ base64: true })).toEqual(['queries.base64'])
  })

  it('knows that an open loop has no clients', async () => {
    expect(await problemsOf({ times: 2 }, null)).toEqual(['queries.times'])
    expect(await problemsOf({ deal: 'split' }, null)).toEqual(['queries.txt'])
    expect(await problemsOf({}, null)).toEqual([])
  })
})
