import { expect, it } from 'vitest'
import { ExitCode } from '../../errors/servebench-error.ts'
import { connectTimeout } from './connect-error.ts'
import { parseEndpoint } from './endpoint.ts'

it('tells a connection that was not accepted from a handshake that does not end', () => {
  const endpoint = parseEndpoint('https://127.0.0.1:8000')
  expect(connectTimeout(endpoint, 5)).toMatchObject({
    message: '127.0.0.1:8000 did not accept a connection within 5 s.',
    exitCode: ExitCode.target,
  })
  expect(connectTimeout(endpoint, 5, true)).toMatchObject({
    message: '127.0.0.1:8000 accepted the connection, but did not finish the TLS handshake within 5 s.',
    advice: expect.stringContaining('http://127.0.0.1:8000 may be meant'),
    exitCode: ExitCode.target,
  })
})
