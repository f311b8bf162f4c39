import { expect, it } from 'vitest'
import { Random } from '../stats/prng.ts'
import { ConcealedText } from './concealed-text.ts'

function passOn(secrets: readonly string[], chunks: readonly string[]): string {
  let shown = ''
  const text = new ConcealedText(secrets, (part) => (shown += part))
  for (const chunk of chunks) text.add(chunk)
  text.end()
  return shown
}

it('leaves secrets out, wherever chunks end', () => {
  const text = 'starting with hunter22\nhunter2 and hunter22, no end of line hunter2'
  const random = new Random([1, 2, 3, 4])
  for (let turn = 0; turn < 200; turn++) {
    const chunks: string[] = []
    for (let rest = text; rest !== '';) {
      const length = 1 + Math.floor(random.next() * 12)
      chunks.push(rest.slice(0, length))
      rest = rest.slice(length)
    }
    expect(passOn(['hunter2', 'hunter22'], chunks)).toBe(
      'starting with [redacted]\n[redacted] and [redacted], no end of line [redacted]',
    )
  }
})

it('knows the lines of one that has several, and leaves short words alone', () => {
  expect(passOn(['-----KEY-----\nabcdef\n', 'on', ''], ['on\n-----KEY-----\n', 'abcdef\non'])).toBe(
    'on\n[redacted]\n[redacted]\non',
  )
})

it('does not wait for the end of a line for ever', () => {
  let shown = ''
  const text = new ConcealedText(['secret'], (part) => (shown += part))
  text.add('x'.repeat(70_000))
  expect(shown).toHaveLength(70_000)
})
