import type { SampleSource } from '../../session.ts'
import type { TextOptions } from './text.ts'
import { randomWord } from './words.ts'

const DISTINCT = 64
const WORDS = 20

export function textSource({ words = WORDS, distinct = DISTINCT }: TextOptions): SampleSource {
  const [least, most] = typeof words === 'number' ? [words, words] : words
  return {
    distinct,
    sample: (_, random) => {
      const count = least + random.int(most - least + 1)
      return { text: Array.from({ length: count }, () => randomWord(random)).join(' ') }
    },
  }
}
