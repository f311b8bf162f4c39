import type { ImportNote } from 'servebench/plugin'
import type { ModelAnalyzerModel, ModelAnalyzerSearch, ModelAnalyzerStudy } from './study.ts'
import { isData } from './write-target.ts'

const WIDTH = 100
const LONGEST_COMMENT = 300

/** What has to be known of a model's study. */
export function modelNotes(
  model: ModelAnalyzerModel,
  isKnown: boolean,
  { strategy }: ModelAnalyzerSearch,
): readonly ImportNote[] {
  const { name, inputs, load } = model
  const path = `profile_models.${name}`
  const files = inputs.filter(
    (input, index) => !/^(zero|random)$/.test(input) && index !== inputs.findIndex(isData),
  )
  return [
    ...(isKnown
      ? []
      : [
          {
            path,
            message: 'its automatic space is what the plugin of the server says of the model: no `settings`.',
          },
        ]),
    ...(files.length === 0
      ? []
      : [
          {
            path: `${path}.perf_analyzer_flags.input-data`,
            message: `${files.join(', ')}: give these as \`input\`; random tensors are sent otherwise.`,
          },
        ]),
    ...(load.vary === 'rate' && strategy !== 'grid'
      ? [
          {
            path,
            message:
              'rates are of a Poisson process where a search chooses: `load: constantRate(…)` evens them out.',
          },
        ]
      : []),
  ]
}

/** What has to be known of the search of all. */
export function searchNotes({ search, models }: ModelAnalyzerStudy): readonly ImportNote[] {
  const chooses = search.strategy !== 'grid'
  return [
    ...(chooses && search.top === 0
      ? [
          {
            path: 'concurrency_sweep_disable',
            message: 'the best configuration is measured at all loads here, and the default.',
          },
        ]
      : []),
    ...(search.strategy === 'bayesian' && !search.concurrencyByRule
      ? [
          {
            path: 'use_concurrency_formula',
            message:
              'users are 2 × batch × instances while the search goes on; the best are then measured at all loads.',
          },
        ]
      : []),
    ...(models.some(({ percentile }) => percentile !== null)
      ? [
          {
            path: 'perf_analyzer_flags.percentile',
            message: 'all percentiles are there: nothing has to be chosen.',
            isHarmless: true,
          },
        ]
      : []),
  ]
}

/** What was not taken over, above the code that it is of. */
export function comments(notes: readonly ImportNote[]): readonly string[] {
  if (notes.length === 0) return []
  return notes.flatMap(({ path, message }) => comment([`- ${path}: ${message}`]))
}

/** Lines of the usual width. What comes from the file cannot end them: there is no line break in it. */
export function comment(texts: readonly string[]): readonly string[] {
  return texts.flatMap((text) => {
    const plain = text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ').slice(0, LONGEST_COMMENT)
    const lines: string[] = []
    let line = '//'
    for (const word of plain.split(' ')) {
      if (line.length + word.length >= WIDTH && line.length > 4) {
        lines.push(line)
        line = text.startsWith('- ') ? '//  ' : '//'
      }
      line += ` ${word}`
    }
    return [...lines, line]
  })
}
