import { describe, expect, it } from 'vitest'
import { isSecretName, redactSecrets, redactText } from './secret-redaction.ts'

describe('isSecretName', () => {
  it.each([
    'authorization',
    'Authorization',
    'Proxy-Authorization',
    'X-Amz-Security-Token',
    'cookie',
    'Set-Cookie',
    'x-api-key',
    'X-Api-Token',
    'apiKey',
    'api_key',
    'apikey',
    'access_token',
    'accessToken',
    'client_secret',
    'password',
    'passphrase',
    'x-auth',
    'X-Auth-Token',
    'X-Goog-Iap-Jwt-Assertion',
    'X-Amz-Signature',
    'session-id',
    'PRIVATE_KEY',
    'aws_access_key_id',
  ])('%s', (name) => expect(isSecretName(name)).toBe(true))

  it.each([
    'content-type',
    'accept',
    'x-request-id',
    'author',
    'max_tokens',
    'maxTokens',
    'tokens',
    'tokenizer',
    'key',
    'keys',
    'keepAlive',
    'monkey',
    'model',
    'sequence',
    'signature',
    'signatureName',
  ])('%s is none', (name) => expect(isSecretName(name)).toBe(false))
})

describe('redactSecrets', () => {
  it('hides text under secret names, at any depth, and keeps references', () => {
    const reference = { secret: 'env', name: 'TOKEN' }
    expect(
      redactSecrets({
        headers: { Authorization: 'Bearer planted', 'x-api-key': reference, accept: 'a' },
        list: [['cookie', 'planted'], ['accept', 'a'], 'x-auth-token: planted'],
        tls: { key: { secret: 'file', path: 'key.pem' }, passphrase: 'planted' },
        joined: { authorization: ['Bearer ', reference, 'planted'] },
        maxTokens: 5,
        nested: [{ password: { value: 'kept under another name', secret: 'planted' } }],
        nothing: null,
        absent: undefined,
      }),
    ).toEqual({
      headers: { Authorization: '[redacted]', 'x-api-key': reference, accept: 'a' },
      list: [['cookie', '[redacted]'], ['accept', 'a'], 'x-auth-token: [redacted]'],
      tls: { key: { secret: 'file', path: 'key.pem' }, passphrase: '[redacted]' },
      joined: { authorization: ['[redacted]', reference, '[redacted]'] },
      maxTokens: 5,
      nested: [{ password: { value: 'kept under another name', secret: '[redacted]' } }],
      nothing: null,
      absent: undefined,
    })
  })

  it('hides credentials and secret parameters in URLs', () => {
    expect(redactText('http://user:planted@host/a?b=c&api_key=planted&d=e#f')).toBe(
      'http://[redacted]@host/a?b=c&api_key=[redacted]&d=e#f',
    )
    expect(redactText('http://host/a@b?c=d')).toBe('http://host/a@b?c=d')
    expect(redactText('a sentence about tokens')).toBe('a sentence about tokens')
    expect(redactSecrets('https://planted@host')).toBe('https://[redacted]@host')
  })

  it('leaves no planted token anywhere', () => {
    const plan = {
      url: 'http://planted@h/?token=planted',
      headers: { authorization: 'planted', 'X-Secret': 'planted', cookie: ['planted', 'planted'] },
      query: { 'x-amz-signature': 'planted' },
    }
    expect(JSON.stringify(redactSecrets(plan))).not.toContain('planted')
  })
})

describe('text that is a body', () => {
  it.each([
    ['{"user":"me","password":"PLANT"}', '{"user":"me","password":"[redacted]"}'],
    ['[{"token":"PLANT"}]', '[{"token":"[redacted]"}]'],
    ['user=me&password=PLANT&page=2', 'user=me&password=[redacted]&page=2'],
    ['api_key=PLANT', 'api_key=[redacted]'],
  ])('%s becomes %s', (text, shown) => {
    expect(redactText(text)).toBe(shown)
    expect(redactSecrets({ body: text })).toEqual({ body: shown })
  })

  it.each([
    '{ "inputs": [1,  2] }',
    '{ no json',
    'batch=8,instances=1',
    'a = b',
    'text=hello world',
    'p99=50ms',
  ])('%s stays as it is', (text) => {
    expect(redactText(text)).toBe(text)
  })
})
