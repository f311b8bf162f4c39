import { describe, expect, it } from 'vitest'
import { parseJson } from './parse-json.ts'

const parse = (text: string, limits?: Parameters<typeof parseJson>[1]) => parseJson(Buffer.from(text), limits)

describe('parseJson', () => {
  it.each([
    ['9007199254740991', 9007199254740991],
    ['-9007199254740991', -9007199254740991],
    ['9007199254740992', 9007199254740992n],
    ['9007199254740993', 9007199254740993n],
    ['-9223372036854775808', -9223372036854775808n],
    ['18446744073709551615', 18446744073709551615n],
    ['1000000000000000', 1000000000000000],
    ['9007199254740993.0', 9007199254740992],
    ['1e20', 1e20],
    ['-0', -0],
    ['NaN', NaN],
    ['Infinity', Infinity],
    ['-Infinity', -Infinity],
    [' [ NaN ,1, -Infinity ] ', [NaN, 1, -Infinity]],
    ['{"a":{"b":[9007199254740993]}}', { a: { b: [9007199254740993n] } }],
    ['"\\ud83d\\ude00 \\u00e9 é \\/ \\b"', '😀 é é / \b'],
    ['"\\ud800"', '\ud800'],
    ['{"a":1,"a":2}', { a: 2 }],
  ])('%s', (text, value) => {
    expect(parse(text)).toStrictEqual(value)
  })

  it('does not let a document touch prototypes', () => {
    const value = parse('{"__proto__":{"polluted":1},"constructor":2}') as Record<string, unknown>
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype)
  })

  it.each([
    ['', 'ends too early'],
    ['[1,', 'ends too early'],
    ['"abc', 'ends too early'],
    ['[1,]', '"]" at byte 3'],
    ['{"a" 1}', '"1" at byte 5'],
    ['{a:1}', '"a" at byte 1'],
    ['[1] x', '"x" at byte 4'],
    ['01', '"1" at byte 1'],
    ['1.', 'ends too early'],
    ['1.e5', '"e" at byte 2'],
    ['1e', 'ends too early'],
    ['-', '"-" at byte 0'],
    ['-NaN', '"-" at byte 0'],
    ['+1', '"+" at byte 0'],
    ['.5', '"." at byte 0'],
    ['nul', '"n" at byte 0'],
    ['"a\nb"', '"\\n" at byte 2'],
    ['"\\x"', '"\\\\" at byte 1'],
    ['"\\u12g4"', '"\\\\" at byte 1'],
    ['[1 2]', '"2" at byte 3'],
    ['\ufeff1', 'at byte 0'],
  ])('refuses %j', (text, message) => {
    expect(() => parse(text)).toThrow(message)
  })

  it('bounds depth and size', () => {
    expect(parse(`${'['.repeat(64)}${']'.repeat(64)}`)).toBeInstanceOf(Array)
    expect(() => parse('['.repeat(65))).toThrow('more than 64')
    expect(() => parse('{"a":'.repeat(1_000_000))).toThrow('more than 64')
    expect(() => parse('[[1]]', { depth: 1 })).toThrow('more than 1')
    expect(() => parse('"abc"', { bytes: 4 })).toThrow('exceeds the limit of 4 B')
  })

  it('agrees with JSON.parse about random documents', () => {
    const random = new Source(7)
    for (let round = 0; round < 3000; round++) {
      const text = space(JSON.stringify(randomValue(random, 0)), random)
      expect(rounded(parse(text))).toStrictEqual(JSON.parse(text))
    }
  })

  it('agrees with JSON.parse about what is no JSON', () => {
    const random = new Source(8)
    let refused = 0
    for (let round = 0; round < 6000; round++) {
      // Half a surrogate pair, which the damage may leave, has no UTF-8.
      const text = damage(JSON.stringify(randomValue(random, 0)), random).toWellFormed()
      const [mine, theirs] = [attempt(() => rounded(parse(text))), attempt(() => JSON.parse(text) as unknown)]
      if (!theirs.ok) refused += 1
      expect({ text, ...mine }).toStrictEqual({ text, ...theirs })
    }
    expect(refused).toBeGreaterThan(1000)
  })
})

/** What `JSON.parse` makes of integers that a double cannot hold. */
function rounded(value: unknown): unknown {
  if (typeof value === 'bigint') return Number(value)
  if (Array.isArray(value)) return value.map(rounded)
  if (typeof value !== 'object' || value === null) return value
  for (const [name, member] of Object.entries(value)) {
    Object.defineProperty(value, name, { value: rounded(member), enumerable: true })
  }
  return value
}

function attempt(action: () => unknown): { ok: boolean; value?: unknown } {
  try {
    return { ok: true, value: action() }
  } catch {
    return { ok: false }
  }
}

/** The same numbers in every run. */
class Source {
  #state: number
  constructor(seed: number) {
    this.#state = seed
  }
  int(bound: number): number {
    this.#state = (Math.imul(this.#state, 1664525) + 1013904223) >>> 0
    return Math.floor((this.#state / 4294967296) * bound)
  }
  pick<T>(list: readonly T[]): T {
    return list.at(this.int(list.length)) as T
  }
}

const CHARACTERS = [
  'a',
  'Z',
  '0',
  '"',
  '\\',
  '/',
  '\n',
  '\u0000',
  '\u001f',
  '\u007f',
  'é',
  '中',
  '😀',
  '\ud800',
  ' ',
]

function randomValue(random: Source, depth: number): unknown {
  switch (random.int(depth > 3 ? 5 : 7)) {
    case 0:
      return random.pick([null, true, false])
    case 1:
      return random.int(2_000_000) - 1_000_000
    case 2:
      return (random.int(1e9) - 5e8) * 10 ** (random.int(60) - 40)
    case 3:
      return random.pick([0, -0, 1e308, 5e-324, 1.5, -2.25e-7])
    case 4:
      return Array.from({ length: random.int(8) }, () => random.pick(CHARACTERS)).join('')
    case 5:
      return Array.from({ length: random.int(5) }, () => randomValue(random, depth + 1))
    default:
      return Object.fromEntries(
        Array.from({ length: random.int(5) }, () => [
          random.pick(['a', 'b', '', 'é', '__proto__']),
          randomValue(random, depth + 1),
        ]),
      )
  }
}

function space(text: string, random: Source): string {
  return text.replace(/^|$|(?<=[[{])|(?=[\]}])/g, () => random.pick(['', ' ', '\n\t', '\r\n']))
}

function damage(text: string, random: Source): string {
  const at = random.int(text.length + 1)
  const inserted = random.pick([
    ',',
    ':',
    '"',
    '\\',
    '[',
    ']',
    '{',
    '}',
    '-',
    '+',
    '.',
    'e',
    '0',
    '1',
    'n',
    '\t',
    '\u0001',
    '',
  ])
  return text.slice(0, at) + inserted + text.slice(at + random.int(2))
}
