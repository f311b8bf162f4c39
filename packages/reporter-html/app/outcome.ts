/** What an exit code means, in a word and a sentence. */
const WORDS: Readonly<Record<number, readonly [word: string, meaning: string]>> = {
  0: ['passed', 'Everything that was asked for holds.'],
  1: ['failed', 'A limit is exceeded, or something got worse.'],
  2: ['usage', 'The configuration or a bench file has a problem.'],
  3: ['invalid', 'The measurement itself is not to be trusted.'],
  4: ['broken', 'A target or server failed: nothing was completed.'],
  130: ['interrupted', 'The run was ended before it was done.'],
}

export function outcomeOf(code: number): readonly [word: string, meaning: string] {
  return WORDS[code] ?? ['failed', `The run ended with code ${code}.`]
}
