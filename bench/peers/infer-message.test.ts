import { describe, expect, it } from 'vitest'
import { grpcFrame, inferMessage } from './infer-message.ts'

describe('inferMessage', () => {
  it('is the protobuf encoding', () => {
    // As protobufjs encodes it: model_name "null"; inputs { name "INPUT" datatype "FP32" shape 2 }; raw_input_contents 8 × 0.
    expect(inferMessage(2).toString('hex')).toBe(
      '0a046e756c6c2a100a05494e5055541204465033321a01023a080000000000000000',
    )
  })

  it('has lengths of several digits where they are needed', () => {
    const message = inferMessage(256)
    expect(message.length).toBe(6 + 19 + 3 + 1024)
    expect(message.subarray(25, 28).toString('hex')).toBe('3a8008')
  })

  it('is framed for gRPC', () => {
    expect(grpcFrame(Buffer.from('abc')).toString('hex')).toBe('0000000003616263')
  })
})
