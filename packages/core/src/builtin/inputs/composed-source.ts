import { ServebenchError, ValidationError, type ModuleReference } from '../../plugin.ts'
import type { CreateSource, SampleSource } from '../../session.ts'

export interface RepeatSourceOptions {
  readonly input: ModuleReference
  readonly index?: number
}

export interface MixedSourceOptions {
  readonly parts: readonly {
    readonly label: string
    readonly weight: number
    readonly input: ModuleReference
  }[]
}

export async function repeatSource({ input, index = 0 }: RepeatSourceOptions): Promise<SampleSource> {
  if (!(Number.isSafeInteger(index) && index >= 0))
    throw new ValidationError('The input repeat()', [
      { path: 'index', message: 'must be a whole number from 0 on.' },
    ])
  const source = await openPart(input)
  const wanted = source.distinct === null ? index : index % source.distinct
  return {
    distinct: 1,
    ...(source.datasets === undefined ? {} : { datasets: source.datasets }),
    sample: (_index, _random, seeded) => source.sample(wanted, seeded(wanted), seeded),
  }
}

export async function mixedSource({ parts }: MixedSourceOptions): Promise<SampleSource> {
  const problems = parts.flatMap(({ label, weight }) =>
    Number.isFinite(weight) && weight > 0
      ? []
      : [{ path: `${label}.weight`, message: 'must be a number above 0.' }],
  )
  if (parts.length === 0) problems.push({ path: 'parts', message: 'are missing.' })
  if (problems.length > 0) throw new ValidationError('The input mixed()', problems)
  const sources = await Promise.all(parts.map(({ input }) => openPart(input)))
  const deal = createDeal(parts.map(({ weight }) => weight))
  const datasets = sources.flatMap((source) => source.datasets ?? [])
  return {
    distinct: null,
    ...(datasets.length === 0 ? {} : { datasets }),
    async sample(index, _random, seeded) {
      const { part, nth } = deal.share(index)
      const source = sources[part] as SampleSource
      const at = source.distinct === null ? nth : nth % source.distinct
      // Samples that come again have the random numbers that they had first.
      const random = seeded(deal.indexOf(part, at))
      const sample = (await source.sample(at, random, seeded)) as { readonly label?: string }
      const { label } = parts[part] as MixedSourceOptions['parts'][number]
      return { ...sample, label: sample.label === undefined ? label : `${label} ${sample.label}` }
    },
  }
}

/** Which part an index belongs to, and how many indices before it do. */
interface Share {
  readonly part: number
  readonly nth: number
}

/** Which index belongs to which part. */
interface Deal {
  share(index: number): Share
  /** The index of the `nth` of a part, once it was dealt. */
  indexOf(part: number, nth: number): number
}

/**
 * Deals indices to parts so that any first `n` have their weights to within one each: the part that is the furthest
 * behind comes next. What an index gets depends on the weights alone.
 */
export function createDeal(weights: readonly number[]): Deal {
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  const counts = weights.map(() => 0)
  const places: number[][] = weights.map(() => [])
  const dealt: Share[] = []
  const share = (index: number): Share => {
    while (dealt.length <= index) {
      const done = dealt.length + 1
      let part = 0
      let most = -Infinity
      for (const [candidate, weight] of weights.entries()) {
        const behind = (weight / total) * done - (counts[candidate] as number)
        if (behind > most + 1e-12) {
          most = behind
          part = candidate
        }
      }
      places[part]?.push(dealt.length)
      dealt.push({ part, nth: counts[part] as number })
      counts[part]! += 1
    }
    return dealt[index] as Share
  }
  return { share, indexOf: (part, nth) => places[part]?.[nth] as number }
}

async function openPart({ module, options }: ModuleReference): Promise<SampleSource> {
  const { createSource } = (await import(module)) as { createSource: CreateSource }
  const source = await createSource(options)
  if (source.files === undefined) return source
  throw new ServebenchError('SERVEBENCH_INPUT', 'Queries from files cannot be a part of another input.', {
    advice: 'Give them a stream of their own.',
  })
}
