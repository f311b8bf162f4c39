import { Zipf, type Random, type TargetMetadata, type Tensor } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { createGenerator, integers, normals, readGenerator } from './generator.ts'
import { isWhole, OptionReader } from './option-reader.ts'
import { batchShape, placeTensor, type Place } from './place-tensor.ts'
import type { RecommendationOptions } from './recommendation.ts'
import { FLOATS } from './values.ts'

const DENSE = 13
const ALPHA = 1.05
const MOST_ROWS = 2_147_483_647
const IDS = ['INT64', 'INT32'] as const
const SPECIAL = ['zeros', 'last-id', 'out-of-range', 'duplicates', 'distinct-ids', 'empty-batch'] as const

export function recommendationSource(
  options: RecommendationOptions,
  metadata: TargetMetadata | null,
): SampleSource {
  const reader = new OptionReader('recommendation', options)
  const tables = readTables(reader)
  const lookups = reader.whole('lookups', 1)
  const kind = reader.choice('ids', ['zipf', 'uniform'], 'zipf')
  const alpha = reader.number('alpha', ALPHA, { least: 0 })
  const dense = reader.whole('dense', DENSE, { least: 0 })
  const given = reader.whole('batch', 1)
  const separate = reader.choice('layout', ['combined', 'separate'], 'combined') === 'separate'
  const datatype = reader.text('datatype')
  const names = (reader.read('names') ?? {}) as NonNullable<RecommendationOptions['names']>
  const { ids = 'ids' } = names
  if (separate && Array.isArray(ids) && ids.length !== tables.length)
    reader.report('names.ids', `must be ${tables.length} names, one for each table.`)
  if (!separate && typeof ids !== 'string')
    reader.report('names.ids', "must be one name; a list belongs to layout: 'separate'.")
  const generator = readGenerator(reader, SPECIAL, { batch: given })
  reader.done()
  const { values } = generator
  const batch = values === 'empty-batch' ? 0 : given
  const place = (name: string): Place =>
    placeTensor({ name, datatype, datatypes: IDS, kind: 'recommendation' }, metadata)
  const places = separate
    ? tables.map((_, table) => place(typeof ids === 'string' ? `${ids}_${table}` : (ids[table] as string)))
    : [place(ids as string)]
  const densePlace =
    dense === 0
      ? null
      : placeTensor({ name: names.dense ?? 'dense', datatypes: FLOATS, kind: 'recommendation' }, metadata)
  const draws = tables.map((rows) => drawer(kind, alpha, rows))
  const fillTable = (to: Int32Array, table: number, offset: number, stride: number, random: Random): void => {
    const rows = tables[table] as number
    const draw = draws[table] as (random: Random) => number
    const same = values === 'duplicates' ? draw(random) : 0
    const first = values === 'distinct-ids' ? random.int(rows) : 0
    for (let sample = 0, at = offset; sample < batch; sample++, at += stride) {
      for (let lookup = 0; lookup < lookups; lookup++) {
        to[at + lookup] =
          values === 'random'
            ? draw(random)
            : values === 'last-id'
              ? rows - 1
              : values === 'out-of-range'
                ? rows
                : values === 'distinct-ids'
                  ? (first + sample * lookups + lookup) % rows
                  : same
      }
    }
  }
  return createGenerator(generator, (random) => {
    const tensors: Record<string, Tensor> = {}
    if (densePlace !== null)
      tensors[densePlace.name] = normals(densePlace.datatype, batchShape(densePlace, batch, [dense]), random)
    const stride = separate ? lookups : tables.length * lookups
    const combined = new Int32Array(batch * stride)
    for (let table = 0; table < tables.length; table++) {
      const to = separate ? new Int32Array(batch * stride) : combined
      fillTable(to, table, separate ? 0 : table * lookups, stride, random)
      if (separate || table === tables.length - 1) {
        const at = places[separate ? table : 0] as Place
        // A model with a dimension for the tables has another one for the rows that are looked up in each.
        const shape = !separate && at.rank === 3 ? [tables.length, lookups] : [stride]
        tensors[at.name] = integers(at.datatype, batchShape(at, batch, shape), to)
      }
    }
    return { tensors }
  })
}

function readTables(reader: OptionReader): readonly number[] {
  const tables = reader.read('tables')
  const isRows = (rows: unknown): rows is number => isWhole(rows) && rows > 0 && rows < MOST_ROWS
  if (Array.isArray(tables) && tables.length > 0 && tables.every(isRows)) return tables
  if (typeof tables === 'object' && tables !== null && !Array.isArray(tables)) {
    const { count, rows } = tables as { count?: unknown; rows?: unknown }
    if (isWhole(count) && count > 0 && isRows(rows)) return Array.from({ length: count }, () => rows)
  }
  reader.report('tables', 'must be a list of rows, or { count, rows }, with less than 2^31 rows each.')
  return [1]
}

/** Rows counted from 0. */
function drawer(kind: 'zipf' | 'uniform', alpha: number, rows: number): (random: Random) => number {
  if (kind === 'uniform') return (random) => random.int(rows)
  const zipf = new Zipf(rows, alpha)
  return (random) => zipf.draw(random) - 1
}
