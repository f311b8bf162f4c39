import type { Random } from '../../plugin.ts'

const WORDS =
  'the of and to in is that it was for on are as with they at be this from have or by one had not but what all were when we there can an your which their said if do will each about how up out them then she many some so these would other into has more her two like him see time could no make than first been its who now people my made over did down only way find use may water long little very after words called just where most know'.split(
    ' ',
  )

/** A common English word: tokenisers see about one token per word. */
export function randomWord(random: Random): string {
  return WORDS[random.int(WORDS.length)] as string
}

/** The same word at the same place, for what texts have in common. */
export function wordAt(index: number): string {
  return WORDS[(index * 7) % WORDS.length] as string
}
