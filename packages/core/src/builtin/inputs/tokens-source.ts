import { ServebenchError, Zipf, type Datatype, type Random, type TargetMetadata } from '../../plugin.ts'
import type { Tensor } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { bucketOf, createGenerator, drawLengths, integers, readBuckets, readGenerator } from './generator.ts'
import { readLength, type Lengths } from './length.ts'
import { isWhole, OptionReader } from './option-reader.ts'
import { batchShape, placeTensor, type Place } from './place-tensor.ts'
import type { TokensOptions } from './tokens.ts'

const VOCABULARY = 30_522
const MOST_IDS = 2_147_483_647
/** Of BERT's vocabulary. */
const MARKERS = { start: 101, end: 102, pad: 0 }
const DATATYPES: readonly Datatype[] = ['INT64', 'INT32']
const SPECIAL = [
  'all-padding',
  'single-token',
  'max-length',
  'zeros',
  'last-id',
  'out-of-range',
  'duplicates',
  'empty-batch',
] as const
/** Seeds the beginning that all sequences share: the same in every payload. */
const PREFIX_STEP = 7919

interface Markers {
  readonly start: number | null
  readonly end: number | null
  readonly pad: number
}

export function tokensSource(options: TokensOptions, metadata: TargetMetadata | null): SampleSource {
  const reader = new OptionReader('tokens', options)
  const lengths = readLength(reader, 'length', Number.NaN)
  const vocabulary = reader.whole('vocabulary', VOCABULARY, { most: MOST_IDS })
  const given = reader.whole('batch', 1)
  const padTo = reader.read('padTo') ?? 'longest'
  if (padTo !== 'longest' && padTo !== 'max' && !(isWhole(padTo) && padTo > 0))
    reader.report('padTo', "must be 'longest', 'max' or a number of tokens.")
  const markers = readMarkers(reader)
  const kind = reader.choice('ids', ['uniform', 'zipf'], 'uniform')
  const alpha = reader.number('alpha', 1, { least: 0 })
  const sharedPrefix = reader.number('sharedPrefix', 0, { least: 0, most: 1 })
  const buckets = readBuckets(reader)
  const datatype = reader.text('datatype')
  const names = (reader.read('names') ?? {}) as NonNullable<TokensOptions['names']>
  const generator = readGenerator(reader, SPECIAL, { batch: given })
  if (generator.values === 'empty-batch' && typeof padTo === 'number')
    reader.report('padTo', 'says nothing about an empty batch.')
  reader.done()
  const { values } = generator
  const places = placeTokens(names, datatype, metadata)
  const batch = values === 'empty-batch' ? 0 : given
  const zipf = kind === 'zipf' ? new Zipf(vocabulary, alpha) : null
  const draw = (random: Random): number => (zipf === null ? random.int(vocabulary) : zipf.draw(random) - 1)
  const isConstant = ['all-padding', 'zeros', 'last-id', 'out-of-range', 'empty-batch'].includes(values)
  const made =
    isConstant && (values === 'empty-batch' || lengths.least === lengths.most)
      ? { ...generator, distinct: 1 }
      : generator
  return createGenerator(made, (random) => {
    const counts = countTokens(values, lengths, batch, random)
    const longest = Math.max(...counts, batch === 0 ? lengths.most : 0)
    const width =
      padTo === 'longest' ? longest : padTo === 'max' ? lengths.most : roundUp(longest, padTo as number)
    const ids = new Int32Array(batch * width).fill(markers.pad)
    const mask = new Int32Array(batch * width)
    for (const [row, count] of counts.entries()) {
      const from = row * width
      const same = fixedId(values, vocabulary) ?? (values === 'duplicates' ? draw(random) : null)
      const shared = Math.round(sharedPrefix * count)
      for (let index = 0; index < count; index++) {
        const id = same ?? (index < shared ? (index * PREFIX_STEP) % vocabulary : draw(random))
        ids[from + index] = id
      }
      if (values === 'all-padding') ids.fill(markers.pad, from, from + count)
      else mask.fill(1, from, from + count)
      if (values === 'random' || values === 'max-length') {
        if (markers.start !== null) ids[from] = markers.start
        if (markers.end !== null && count > 1) ids[from + count - 1] = markers.end
      }
    }
    const tensors: Record<string, Tensor> = {}
    const set = (place: Place | null, data: Int32Array): void => {
      if (place !== null)
        tensors[place.name] = integers(place.datatype, batchShape(place, batch, [width]), data)
    }
    set(places.ids, ids)
    set(places.mask, mask)
    set(places.types, new Int32Array(batch * width))
    const bucket = bucketOf(longest, buckets)
    return { tensors, ...(bucket === undefined ? {} : { label: bucket }) }
  })
}

function countTokens(values: string, lengths: Lengths, batch: number, random: Random): readonly number[] {
  if (values === 'single-token') return Array.from({ length: batch }, () => 1)
  if (values === 'max-length') return Array.from({ length: batch }, () => lengths.most)
  return drawLengths(lengths, batch, random)
}

function fixedId(values: string, vocabulary: number): number | null {
  if (values === 'zeros') return 0
  if (values === 'last-id') return vocabulary - 1
  return values === 'out-of-range' ? vocabulary : null
}

function roundUp(length: number, multiple: number): number {
  return Math.ceil(length / multiple) * multiple
}

function readMarkers(reader: OptionReader): Markers {
  const given = (reader.read('markers') ?? {}) as Partial<Record<string, unknown>>
  for (const [name, value] of Object.entries(given)) {
    if (!(name in MARKERS)) reader.report(`markers.${name}`, 'is no marker: they are start, end and pad.')
    else if (!(isWhole(value) && value >= 0) && (value !== null || name === 'pad'))
      reader.report(`markers.${name}`, 'must be a token id.')
  }
  return { ...MARKERS, ...(given as Partial<Markers>) }
}

interface TokenPlaces {
  readonly ids: Place
  readonly mask: Place | null
  readonly types: Place | null
}

/** What the model does not have is left out, unless the bench file names it. */
function placeTokens(
  names: NonNullable<TokensOptions['names']>,
  datatype: string | undefined,
  metadata: TargetMetadata | null,
): TokenPlaces {
  const known = metadata === null || metadata.inputs.length === 0 ? null : metadata.inputs
  const place = (name: string | undefined): Place =>
    placeTensor({ name, datatype, datatypes: DATATYPES, kind: 'tokens' }, metadata)
  const optional = (given: string | null | undefined, usual: string, unknown: boolean): Place | null => {
    if (given === null) return null
    if (given !== undefined) return place(given)
    return (known?.some(({ name }) => name === usual) ?? unknown) ? place(usual) : null
  }
  const mask = optional(names.mask, 'attention_mask', true)
  const types = optional(names.types, 'token_type_ids', false)
  if (names.ids !== undefined) return { ids: place(names.ids), mask, types }
  if (known === null || known.some(({ name }) => name === 'input_ids'))
    return { ids: place('input_ids'), mask, types }
  const rest = known.filter(({ name }) => name !== mask?.name && name !== types?.name)
  const [only, second] = rest
  if (only !== undefined && second === undefined) return { ids: place(only.name), mask, types }
  throw new ServebenchError(
    'SERVEBENCH_INPUT',
    `The model has no input 'input_ids'; it has ${known.map(({ name }) => `'${name}'`).join(', ')}.`,
    { advice: "Name them: tokens({ …, names: { ids: 'INPUT', mask: null } })." },
  )
}
