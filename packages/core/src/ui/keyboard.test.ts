import { PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { Keyboard, type Key, type KeyInput } from './keyboard.ts'

class FakeInput extends PassThrough implements KeyInput {
  readonly modes: boolean[] = []
  setRawMode(isRaw: boolean): void {
    this.modes.push(isRaw)
  }
}

describe('Keyboard', () => {
  it('tells keys one by one, in raw mode', async () => {
    const input = new FakeInput()
    const keys: Key[] = []
    const keyboard = new Keyboard(input, (key) => keys.push(key))
    input.write('rü\r\u0003\u007f')
    await expect.poll(() => keys.length).toBe(5)
    expect(keys.map(({ name, ctrl, text }) => ({ name, ctrl, text }))).toEqual([
      { name: 'r', ctrl: false, text: 'r' },
      { name: undefined, ctrl: false, text: 'ü' },
      { name: 'return', ctrl: false, text: '\r' },
      { name: 'c', ctrl: true, text: '\u0003' },
      { name: 'backspace', ctrl: false, text: '\u007f' },
    ])
    keyboard.close()
    expect(input.modes).toEqual([true, false])
  })

  it('gives the terminal back once, and is deaf then', async () => {
    const input = new FakeInput()
    const keys: Key[] = []
    const keyboard = new Keyboard(input, (key) => keys.push(key))
    keyboard.close()
    keyboard.close()
    expect(input.modes).toEqual([true, false])
    expect(input.isPaused()).toBe(true)
    input.resume()
    input.write('q')
    await new Promise((resolve) => setImmediate(resolve))
    expect(keys).toEqual([])
  })
})
