import { describe, expect, it } from 'vitest'
import { env } from '../../dsl/secret.ts'
import { ValidationError } from '../../errors/validation-error.ts'
import { MILLISECOND, SECOND } from '../../units/nanos.ts'
import { parseEndpoint } from '../socket/endpoint.ts'
import { formatTimeout, requestFields } from './grpc-request.ts'
import type { GrpcRequestOptions } from './grpc-request.ts'
import { encodeMetadata } from './metadata.ts'

const PATH = '/inference.GRPCInferenceService/ModelInfer'

function lines(options: Partial<GrpcRequestOptions> = {}, url = 'http://127.0.0.1:8001'): string[] {
  return requestFields(parseEndpoint(url), { path: PATH, ...options }).map(
    ({ name, value }) => `${name}: ${value}`,
  )
}

describe('requestFields', () => {
  it('are what gRPC asks for, pseudo fields first', () => {
    expect(lines()).toEqual([
      ':method: POST',
      ':scheme: http',
      `:path: ${PATH}`,
      ':authority: 127.0.0.1:8001',
      'te: trailers',
      'content-type: application/grpc',
      'user-agent: servebench',
    ])
  })

  it('have what was asked for', () => {
    const options = {
      authority: 'models.example',
      timeout: 1500 * MILLISECOND,
      encoding: 'gzip',
      acceptEncoding: 'gzip',
      metadata: { 'User-Agent': 'me', 'x-key': 'value', 'x-bin': Buffer.from([0, 255]) },
    } as const
    expect(lines(options, 'https://[::1]:443')).toEqual([
      ':method: POST',
      ':scheme: https',
      `:path: ${PATH}`,
      ':authority: models.example',
      'te: trailers',
      'content-type: application/grpc',
      'grpc-timeout: 1500000u',
      'grpc-encoding: gzip',
      'grpc-accept-encoding: gzip',
      'user-agent: me',
      'x-key: value',
      'x-bin: AP8',
    ])
  })

  it.each(['', 'a/b', '/a', '/a/', '/a/b c', '/a/\u00e9'])('refuse the path %j', (path) => {
    expect(() => lines({ path })).toThrow(expect.objectContaining({ code: 'SERVEBENCH_GRPC_PATH' }))
  })
})

describe('encodeMetadata', () => {
  it('reads secrets', () => {
    process.env['SERVEBENCH_TEST_TOKEN'] = 's3cret'
    expect(encodeMetadata({ authorization: ['Bearer ', env('SERVEBENCH_TEST_TOKEN')] })).toEqual([
      { name: 'authorization', value: 'Bearer s3cret' },
    ])
    delete process.env['SERVEBENCH_TEST_TOKEN']
    expect(() => encodeMetadata({ authorization: env('SERVEBENCH_TEST_TOKEN') })).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_SECRET' }),
    )
  })

  it('takes base64 for binary keys', () => {
    expect(encodeMetadata({ 'a-bin': 'AP8=' })).toEqual([{ name: 'a-bin', value: 'AP8=' }])
  })

  it('names all problems at once', () => {
    const metadata = {
      'white space': 'x',
      'grpc-status': '0',
      te: 'x',
      '': 'x',
      'a-bin': 'not base64!',
      b: Buffer.from('x'),
      c: 'line\nbreak',
      fine: 'x',
    }
    let error: unknown
    try {
      encodeMetadata(metadata)
    } catch (caught) {
      error = caught
    }
    expect(error).toBeInstanceOf(ValidationError)
    expect((error as ValidationError).problems.map(({ path }) => path)).toEqual([
      'metadata.white space',
      'metadata.grpc-status',
      'metadata.te',
      'metadata.',
      'metadata.a-bin',
      'metadata.b',
      'metadata.c',
    ])
  })
})

it.each([
  [0, '0n'],
  [1, '1n'],
  [99_999_999, '99999999n'],
  [100_000_000, '100000u'],
  [100_000_001, '100001u'],
  [1 * SECOND, '1000000u'],
  [99_999_999_000, '99999999u'],
  [100 * SECOND, '100000m'],
  [100_000 * SECOND, '100000S'],
])('formatTimeout(%i) is %s', (timeout, text) => {
  expect(formatTimeout(timeout)).toBe(text)
})
