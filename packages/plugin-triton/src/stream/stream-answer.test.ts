import { describe, expect, it } from 'vitest'
import { Random } from 'servebench/plugin'
import { oracle } from '../../../plugin-oip/test/support/oracle.ts'
import { StreamAnswer } from './stream-answer.ts'

const { writeAnswer } = oracle('ModelStreamInfer')
const answer = new StreamAnswer()

function read(bytes: Uint8Array): unknown {
  const { errorStart, errorEnd, idStart, idEnd, final, hasOutputs } = answer
  const text = (start: number, end: number): string => Buffer.from(bytes.subarray(start, end)).toString()
  return { error: text(errorStart, errorEnd), id: text(idStart, idEnd), final, hasOutputs }
}

describe('answers of a real Triton 2.51.0', () => {
  it.each([
    [
      'one of several, on a stream of its own',
      '12410a06726570656174120131221b0a15747269746f6e5f66696e616c5f726573706f6e7365120208002a110a05494e444558' +
        '1205494e5433321a0101320400000000',
      { error: '', id: '', final: false, hasOutputs: true },
    ],
    [
      'one of several, on a shared stream',
      '12530a067265706561741201311a1030303030303030313030303030303030221b0a15747269746f6e5f66696e616c5f726573' +
        '706f6e7365120208002a110a05494e4445581205494e5433321a0101320401000000',
      { error: '', id: '0000000100000000', final: false, hasOutputs: true },
    ],
    [
      'the only one of a model that is not decoupled',
      '12480a086964656e74697479120131221b0a15747269746f6e5f66696e616c5f726573706f6e7365120208012a120a064f5554' +
        '505554120446503332' +
        '1a02010232080000803f00000040',
      { error: '', id: '', final: true, hasOutputs: true },
    ],
  ])('%s', (_, hex, expected) => {
    const bytes = Buffer.from(hex, 'hex')
    expect(answer.read(bytes, 0, bytes.length)).toBe(true)
    expect(read(bytes)).toEqual(expected)
    // Every cut is noticed, or leaves what is before it.
    for (let end = 0; end < bytes.length; end++) answer.read(bytes, 0, end)
    expect(answer.read(bytes, 0, bytes.length - 1)).toBe(false)
  })
})

describe('answers as protobufjs writes them', () => {
  const random = new Random([1, 2, 3, 4])
  const pick = (below: number): number => Math.floor(random.next() * below)

  it('are found wherever they stand in a buffer', () => {
    for (let round = 0; round < 500; round++) {
      const id = 'x'.repeat(pick(40))
      const final = pick(2) === 1
      const outputs = Array.from({ length: pick(3) }, () => ({
        name: 'y',
        datatype: 'FP32',
        shape: [pick(300)],
      }))
      const error = pick(4) === 0 ? 'é'.repeat(1 + pick(200)) : ''
      const parameters = {
        ...(pick(2) === 1 ? { other: { string_param: 'triton_final_response' } } : {}),
        ...(final || pick(2) === 1 ? { triton_final_response: { bool_param: final } } : {}),
      }
      const message = writeAnswer({
        ...(error === '' ? {} : { error_message: error }),
        infer_response: {
          model_name: 'm',
          model_version: '1',
          id,
          parameters,
          outputs,
          raw_output_contents: outputs.map(() => Buffer.alloc(pick(300), 0x22)),
        },
      })
      const before = pick(50)
      const bytes = Buffer.concat([Buffer.alloc(before, 0x0a), message, Buffer.alloc(20, 0x12)])
      expect(answer.read(bytes, before, before + message.length)).toBe(true)
      expect(read(bytes)).toEqual({ error, id, final, hasOutputs: outputs.length > 0 })
    }
  })

  it('of random bytes never throw, and stay inside', () => {
    for (let round = 0; round < 2000; round++) {
      const bytes = Uint8Array.from({ length: pick(60) }, () => pick(256))
      if (!answer.read(bytes, 0, bytes.length)) continue
      const { errorEnd, idEnd } = answer
      expect(errorEnd).toBeLessThanOrEqual(bytes.length)
      expect(idEnd).toBeLessThanOrEqual(bytes.length)
    }
  })
})
