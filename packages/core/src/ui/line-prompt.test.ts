import { describe, expect, it } from 'vitest'
import type { Key } from './keyboard.ts'
import { LinePrompt } from './line-prompt.ts'

interface Session {
  readonly done: (string | null)[]
  readonly line: () => string
  press(...keys: (string | Key)[]): void
}

function open(initial = '', columns = 40): Session {
  let written = ''
  const done: (string | null)[] = []
  const prompt = new LinePrompt({
    label: 'name: ',
    initial,
    columns: () => columns,
    write: (text) => (written += text),
    onDone: (text) => done.push(text),
  })
  return {
    done,
    line: () => written.slice(written.lastIndexOf('\r\u001b[2K') + 5),
    press: (...keys) => {
      for (const key of keys) prompt.press(typeof key === 'string' ? { name: key, text: key } : key)
    },
  }
}

const ENTER: Key = { name: 'return', text: '\r' }
const BACK: Key = { name: 'backspace', text: '\u007f' }

describe('LinePrompt', () => {
  it('takes a line', () => {
    const session = open()
    session.press('a', 'b', BACK, 'ü', ENTER)
    expect(session.done).toEqual(['aü'])
    expect(session.line()).toBe('')
  })

  it('begins with what there was', () => {
    const session = open('batch=8')
    expect(session.line()).toBe('name: batch=8')
    session.press(BACK, '1', ENTER)
    expect(session.done).toEqual(['batch=1'])
  })

  it('can be cleared and given up', () => {
    const cleared = open('batch=8')
    cleared.press({ name: 'u', ctrl: true, text: '\u0015' }, ENTER)
    expect(cleared.done).toEqual([''])
    const escaped = open('batch=8')
    escaped.press({ name: 'escape', text: '\u001b' })
    expect(escaped.done).toEqual([null])
    const interrupted = open('batch=8')
    interrupted.press({ name: 'c', ctrl: true, text: '\u0003' })
    expect(interrupted.done).toEqual([null])
  })

  it('takes nothing that would act on the terminal', () => {
    const session = open()
    session.press(
      { name: 'up', text: '\u001b[A' },
      { name: 'x', meta: true, text: '\u001bx' },
      { text: '\u202e' },
      'a',
    )
    expect(session.line()).toBe('name: a')
  })

  it('removes whole characters', () => {
    const session = open('a👩‍🔬')
    session.press(BACK)
    expect(session.line()).toBe('name: a')
  })

  it('shows the end of what is too long, in one line', () => {
    const session = open('0123456789', 12)
    expect(session.line()).toBe('name: 56789')
    session.press('x', ENTER)
    expect(session.done).toEqual(['0123456789x'])
  })
})
