import { ServebenchError } from 'servebench/plugin'

export interface Token {
  /** `text`: what stood in quotes, without them. */
  readonly kind: 'word' | 'number' | 'text' | 'mark'
  readonly value: string
  readonly line: number
}

const LONGEST = 1024 * 1024

const SPACE = /(?:\s|#[^\n]*)+/y
const WORD = /[A-Za-z_][\w.]*/y
const NUMBER = /[+-]?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)[fF]?/y
const QUOTED = /"((?:[^"\\\n]|\\[^\n])*)"|'((?:[^'\\\n]|\\[^\n])*)'/y
const MARK = /[{}[\]<>:,;-]/y

/**
 * The words of a protobuf text, comments left out; texts that stand beside each other are one.
 * @throws {ServebenchError} `SERVEBENCH_TRITON_CONFIG` for what is no such text, or one of more than a MiB
 */
export function readTokens(text: string): readonly Token[] {
  if (text.length > LONGEST) throw invalidText('is longer than a MiB', 1)
  const tokens: Token[] = []
  let at = 0
  let line = 1
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at
    const match = pattern.exec(text)
    if (match !== null) at = pattern.lastIndex
    return match
  }
  while (at < text.length) {
    const space = take(SPACE)
    if (space !== null) {
      line += space[0].split('\n').length - 1
      continue
    }
    const quoted = take(QUOTED)
    if (quoted !== null) {
      const value = unescape(quoted[1] ?? quoted[2] ?? '', line)
      const before = tokens.at(-1)
      if (before?.kind === 'text') tokens[tokens.length - 1] = { ...before, value: before.value + value }
      else tokens.push({ kind: 'text', value, line })
      continue
    }
    const word = take(WORD)
    const number = word === null ? take(NUMBER) : null
    const mark = word === null && number === null ? take(MARK) : null
    const match = word ?? number ?? mark
    if (match === null) throw invalidText(`has '${text[at]}', which has no meaning there`, line)
    tokens.push({ kind: word !== null ? 'word' : number !== null ? 'number' : 'mark', value: match[0], line })
  }
  return tokens
}

const SHORT: Readonly<Record<string, number>> = {
  a: 7,
  b: 8,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
}

/** Escapes stand for bytes, which together are UTF-8. */
function unescape(text: string, line: number): string {
  if (!text.includes('\\')) return text
  const parts: Buffer[] = []
  const pattern = /\\(?:([0-7]{1,3})|x([\da-fA-F]{1,2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|(.))|[^\\]+/gsu
  for (const [whole, octal, hex, short, long, letter] of text.matchAll(pattern)) {
    if (octal !== undefined) parts.push(Buffer.from([Number.parseInt(octal, 8) & 0xff]))
    else if (hex !== undefined) parts.push(Buffer.from([Number.parseInt(hex, 16)]))
    else if (short !== undefined || long !== undefined) {
      const code = Number.parseInt(short ?? long ?? '', 16)
      if (code > 0x10ffff) throw invalidText(`has the escape '${whole}', which is no character`, line)
      parts.push(Buffer.from(String.fromCodePoint(code)))
    } else if (letter !== undefined) {
      const code = SHORT[letter]
      parts.push(code === undefined ? Buffer.from(letter) : Buffer.from([code]))
    } else parts.push(Buffer.from(whole))
  }
  return Buffer.concat(parts).toString()
}

export function invalidText(what: string, line: number): ServebenchError {
  return new ServebenchError('SERVEBENCH_TRITON_CONFIG', `The model configuration ${what} (line ${line}).`, {
    advice: 'It has to be the text of a config.pbtxt, with the names of model_config.proto.',
  })
}
