import { generate, poisson, scenario } from 'servebench'
import type { RequestOf, ResponseOf } from 'servebench'
import type { TargetSpec } from 'servebench/plugin'
import { expectTypeOf } from 'vitest'
import { oip } from '../src/index.ts'
import type { OipRequest, OipResponse } from '../src/index.ts'

// Checked by the compiler alone: what must and what must not compile.
expectTypeOf<RequestOf<TargetSpec<'oip'>>>().toEqualTypeOf<OipRequest>()
expectTypeOf<ResponseOf<TargetSpec<'oip'>>>().toEqualTypeOf<OipResponse>()

scenario('typed', {
  matrix: { protocol: ['http', 'http-json', 'grpc'], batch: [1, 8] },
  target: ({ protocol }) => oip({ url: 'http://127.0.0.1:8000', model: 'm', protocol, requestId: 'unit' }),
  input: ({ batch }) => ({
    inputs: {
      x: { shape: [batch, 3], data: new Float32Array(3 * batch) },
      ids: { data: [1n, 2n] },
      t: { data: ['a'] },
    },
    parameters: { priority: 1, sequence_id: 5n },
    items: batch,
  }),
  load: poisson({ rate: 100 }),
  check: (response) => {
    expectTypeOf(response).toEqualTypeOf<OipResponse>()
    return response.outputs.length === 1 && response.output('y').data.length === 2
  },
})

scenario('samples', {
  target: oip({ model: 'm' }),
  input: generate(({ random }) => ({
    tensors: { x: { datatype: 'FP32' as const, shape: [1], data: Float32Array.of(random.next()) } },
  })),
  load: poisson({ rate: 100 }),
})

// @ts-expect-error the model is missing
oip({ url: 'http://127.0.0.1:8000' })
// @ts-expect-error no such protocol
oip({ model: 'm', protocol: 'rest' })
// @ts-expect-error options are plain data: no bigint
oip({ model: 'm', parameters: { sequence_id: 5n } })

scenario('wrong request', {
  target: oip({ model: 'm' }),
  // @ts-expect-error a datatype that the protocol does not have
  input: { inputs: { x: { datatype: 'FLOAT', data: [1] } } },
  load: poisson({ rate: 100 }),
})
