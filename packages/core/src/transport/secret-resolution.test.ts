import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { env, file } from '../dsl/secret.ts'
import { anchorSecrets, resolveSecret, resolveText } from './secret-resolution.ts'

const directory = mkdtempSync(join(tmpdir(), 'servebench-secret-'))
afterAll(() => rmSync(directory, { recursive: true }))
afterEach(() => delete process.env['SERVEBENCH_TEST_TOKEN'])

describe('resolveSecret', () => {
  it('reads environment variables and files', () => {
    process.env['SERVEBENCH_TEST_TOKEN'] = 'from the environment'
    writeFileSync(join(directory, 'token'), 'from a file\n')
    expect(resolveSecret(env('SERVEBENCH_TEST_TOKEN'))).toBe('from the environment')
    expect(resolveSecret(file(join(directory, 'token')))).toBe('from a file')
    expect(resolveText(['Bearer ', env('SERVEBENCH_TEST_TOKEN')])).toBe('Bearer from the environment')
    expect(resolveText(env('SERVEBENCH_TEST_TOKEN'))).toBe('from the environment')
    expect(resolveText('plain')).toBe('plain')
  })

  it('says what is missing', () => {
    expect(() => resolveSecret(env('SERVEBENCH_TEST_TOKEN'))).toThrow(
      expect.objectContaining({
        code: 'SERVEBENCH_SECRET',
        message: expect.stringContaining('SERVEBENCH_TEST_TOKEN'),
      }),
    )
    expect(() => resolveSecret(file(join(directory, 'none')))).toThrow(
      expect.objectContaining({ code: 'SERVEBENCH_SECRET', message: expect.stringContaining('none') }),
    )
  })
})

describe('anchorSecrets', () => {
  it('makes the paths of secret files absolute and changes nothing else', () => {
    const value = {
      tls: { ca: [file('ca.pem'), file('/etc/ca.pem')], key: file('../key.pem') },
      headers: { authorization: ['Bearer ', env('TOKEN')] },
      other: { path: 'ca.pem' },
      absent: undefined,
    }
    expect(anchorSecrets(value, '/root/bench')).toEqual({
      ...value,
      tls: { ca: [file('/root/bench/ca.pem'), file('/etc/ca.pem')], key: file('/root/key.pem') },
    })
  })
})
