import { describe, expect, it } from 'vitest'
import { encodeFrame, FrameSplitter, goaway, rstStream } from './http2-frame.ts'

describe('encodeFrame', () => {
  it('writes what RFC 9113 §4.1 says', () => {
    expect(encodeFrame({ type: 0, flags: 1, payload: 'abcd' }, 5).toString('hex')).toBe(
      '000002000100000005abcd',
    )
    expect(encodeFrame({ type: 6, stream: 0, length: 8 }, 5).toString('hex')).toBe('000008060000000000')
    expect(rstStream(3, 8).toString('hex')).toBe('00000403000000000300000008')
    expect(goaway(1, 2).toString('hex')).toBe('0000080700000000000000000100000002')
  })
})

describe('FrameSplitter', () => {
  const frames = [
    encodeFrame({ type: 4, stream: 0 }, 0),
    encodeFrame({ type: 1, flags: 4, payload: '88' }, 1),
    encodeFrame({ type: 0, flags: 1, payload: '00'.repeat(40) }, 1),
    rstStream(3, 0),
  ]
  const all = Buffer.concat(frames)

  it('finds the same frames wherever the bytes are split', () => {
    for (let split = 0; split <= all.length; split++) {
      const splitter = new FrameSplitter()
      const found = [...splitter.push(all.subarray(0, split)), ...splitter.push(all.subarray(split))]
      expect(found.map(({ bytes }) => bytes.toString('hex'))).toEqual(
        frames.map((frame) => frame.toString('hex')),
      )
    }
  })

  it('knows which frames end a stream', () => {
    const found = new FrameSplitter().push(all)
    expect(found.map(({ type, stream, length, endsStream }) => [type, stream, length, endsStream])).toEqual([
      [4, 0, 0, false],
      [1, 1, 1, false],
      [0, 1, 40, true],
      [3, 3, 4, true],
    ])
  })
})
