import type { Random } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import { bucketOf, createGenerator, readBuckets, readGenerator } from './generator.ts'
import { readLength } from './length.ts'
import { OptionReader } from './option-reader.ts'
import type { TextOptions } from './text.ts'
import { randomWord, wordAt } from './words.ts'

const DISTINCT = 64
const WORDS = 20
/** Letters of several scripts, a family of four joined together, a letter with its accent apart, and right-to-left text. */
const UNICODE = ['Größe', '日本語', '👩‍👩‍👧‍👦', 'é', 'שלום', 'नमस्ते', '𝔘𝔫𝔦', 'مرحبا']

export function textSource(options: TextOptions): SampleSource {
  const reader = new OptionReader('text', options)
  const words = readLength(reader, 'words', WORDS)
  const sharedPrefix = reader.number('sharedPrefix', 0, { least: 0, most: 1 })
  const buckets = readBuckets(reader)
  const generates = options.maxTokens !== undefined
  const maxTokens = readLength(reader, 'maxTokens', 1)
  const ignoreEos = reader.flag('ignoreEos', true)
  const request = reader.read('request')
  if (!generates && (options.ignoreEos !== undefined || request !== undefined))
    reader.report('request', 'and ignoreEos belong to requests for generated text: say maxTokens.')
  const generator = readGenerator(reader, ['empty', 'single-word', 'max-length', 'duplicates', 'unicode'], {
    distinct: DISTINCT,
  })
  reader.done()
  const { values } = generator
  const draw = (random: Random): readonly string[] => {
    if (values === 'empty') return []
    const count = values === 'single-word' ? 1 : values === 'max-length' ? words.most : words.draw(random)
    const same = values === 'duplicates' ? randomWord(random) : null
    const shared = Math.round(sharedPrefix * count)
    return Array.from({ length: count }, (_, index) => {
      if (same !== null) return same
      if (values === 'unicode') return UNICODE[random.int(UNICODE.length)] as string
      return index < shared ? wordAt(index) : randomWord(random)
    })
  }
  return createGenerator(
    values === 'empty' && !generates ? { ...generator, distinct: 1 } : generator,
    (random) => {
      const list = draw(random)
      const bucket = bucketOf(list.length, buckets)
      const facts = bucket === undefined ? {} : { label: bucket }
      const prompt = list.join(' ')
      if (!generates) return { ...facts, text: prompt }
      return {
        ...facts,
        json: {
          prompt,
          max_tokens: maxTokens.draw(random),
          ...(ignoreEos ? { ignore_eos: true } : {}),
          ...(request as object | undefined),
        },
      }
    },
  )
}
