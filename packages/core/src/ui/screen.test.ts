import { describe, expect, it } from 'vitest'
import { FakeTerminal } from '../../test/support/fake-terminal.ts'
import { Screen, type CapturedStream } from './screen.ts'

describe('Screen', () => {
  it('writes to its terminal, also while the output of that is captured', () => {
    const terminal = new FakeTerminal()
    const foreign: string[] = []
    const screen = new Screen(terminal, [terminal], (line) => foreign.push(line))
    screen.write('drawn')
    terminal.write('one\ntw')
    terminal.write(Buffer.from('o\nrest'))
    expect(terminal.written).toBe('drawn')
    expect(foreign).toEqual(['one', 'two'])
    screen.release((line) => foreign.push(line))
    expect(foreign).toEqual(['one', 'two', 'rest'])
    terminal.write('after')
    expect(terminal.written).toBe('drawn\u001b[?25hafter')
  })

  it('lets through what is written by a function that somebody has kept', () => {
    const terminal = new FakeTerminal()
    const foreign: string[] = []
    const screen = new Screen(new FakeTerminal(), [terminal], (line) => foreign.push(line))
    const kept = terminal.write.bind(terminal)
    screen.release((line) => foreign.push(line))
    kept('late\n')
    expect(terminal.written).toBe('late\n')
    expect(foreign).toEqual([])
  })

  it('calls back whoever waits for a captured write', async () => {
    const terminal = new FakeTerminal()
    const screen = new Screen(new FakeTerminal(), [terminal], () => {})
    const stream: CapturedStream = terminal
    await new Promise<void>((resolve) => stream.write('a', resolve))
    await new Promise<void>((resolve) => stream.write('b', 'utf8', resolve))
    screen.release(() => {})
  })

  it('calls back whoever waits for a drawing', () => {
    const screen = new Screen(new FakeTerminal(), [], () => {})
    let called = false
    screen.write('x', () => {
      called = true
    })
    expect(called).toBe(true)
    screen.release(() => {})
  })

  it('erases the lines that a narrower terminal makes of the drawing, before it is drawn again', () => {
    const terminal = new FakeTerminal(80)
    const screen = new Screen(terminal, [], () => {})
    const sizes: number[] = []
    screen.on('resize', () => sizes.push(screen.columns))
    screen.write(`\u001b[2K${'a'.repeat(70)}\n\u001b[31m${'b'.repeat(20)}\u001b[0m\n${'c'.repeat(31)}\n`)
    terminal.written = ''
    terminal.resize(30)
    // 70 columns are three lines of 30, 31 are two: three more than were drawn.
    expect(terminal.written).toBe('\u001b[2K\u001b[1A'.repeat(3))
    terminal.written = ''
    terminal.resize(100)
    expect(terminal.written).toBe('')
    expect(sizes).toEqual([30, 100])
    screen.release(() => {})
    terminal.resize(20)
    expect(sizes).toEqual([30, 100])
  })

  it('leaves no listener behind', () => {
    const before = ['SIGTSTP', 'SIGCONT'].map((signal) => process.listenerCount(signal))
    const terminal = new FakeTerminal()
    new Screen(terminal, [], () => {}).release(() => {})
    expect(['SIGTSTP', 'SIGCONT'].map((signal) => process.listenerCount(signal))).toEqual(before)
    expect(terminal.listenerCount('resize')).toBe(0)
  })
})
