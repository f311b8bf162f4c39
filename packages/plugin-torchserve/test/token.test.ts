import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeTorchServe } from './support/fake-torchserve.ts'
import { connect, openTorchServe } from './support/torchserve-target.ts'
import { readKeyFile } from '../src/token/key-file.ts'
import { ensureToken } from '../src/token/renew-token.ts'

const HOUR = 3_600_000
let fake: FakeTorchServe
beforeEach(async () => {
  fake = await FakeTorchServe.start({ tokens: HOUR })
})
afterEach(async () => {
  await fake[Symbol.asyncDispose]()
  delete process.env['SERVEBENCH_TEST_TOKEN']
})

describe('a server that demands tokens', () => {
  it('is asked with that of its key file, which nothing that is stored repeats', async () => {
    const options = { model: 'echo', url: fake.http, managementUrl: fake.management, keyFile: fake.keyFile }
    await using target = await openTorchServe(options, { body: 'x' })
    expect((await target.ask()).response?.text()).toBe('x')
    expect(fake.received.at(-1)?.headers['authorization']).toBe(`Bearer ${fake.key('inference')}`)
    expect(JSON.stringify([target.reference, target.session.statistics()])).not.toContain('planted')
  })

  it('is asked with one from the environment', async () => {
    const options = {
      model: 'echo',
      url: fake.http,
      token: { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' },
    } as const
    await expect(connect(options)).rejects.toMatchObject({ cause: { code: 'SERVEBENCH_SECRET' } })
    process.env['SERVEBENCH_TEST_TOKEN'] = fake.key('inference')
    await using target = await openTorchServe(options, { body: 'x' })
    expect((await target.ask()).response?.text()).toBe('x')
  })

  it.each([
    ['is missing', undefined],
    ['is wrong', 'planted-but-wrong'],
  ])('says before the load that the token %s', async (_name, token) => {
    if (token !== undefined) process.env['SERVEBENCH_TEST_TOKEN'] = token
    const given =
      token === undefined ? {} : { token: { secret: 'env', name: 'SERVEBENCH_TEST_TOKEN' } as const }
    const error = await connect({ model: 'echo', url: fake.http, ...given }).catch(
      (thrown: unknown) => thrown,
    )
    expect(error).toMatchObject({
      cause: {
        code: 'SERVEBENCH_TORCHSERVE_CALL',
        type: 'InvalidKeyException',
        advice: expect.stringContaining('keyFile'),
      },
    })
    expect(JSON.stringify(error)).not.toContain('planted')
  })
})

describe('a token that expires too soon', () => {
  it('is renewed before the load, when the server lets it', async () => {
    const before = fake.key('inference')
    const renewal = { keyFile: fake.keyFile, managementUrl: fake.management }
    fake.now = () => Date.now() + HOUR / 2
    const needed = (HOUR * 1e6 * 2) / 3
    expect(await ensureToken('inference', renewal, needed, fake.now)).toBeNull()
    expect(fake.key('inference')).not.toBe(before)
    expect(readKeyFile(fake.keyFile, 'inference').key).toBe(fake.key('inference'))
  })

  it('is left alone as long as it lasts', async () => {
    const before = fake.key('inference')
    const renewal = { keyFile: fake.keyFile, managementUrl: fake.management }
    expect(await ensureToken('inference', renewal, 60e9)).toBeNull()
    expect(fake.key('inference')).toBe(before)
  })

  it('is warned about where even a new one is too short', async () => {
    const renewal = { keyFile: fake.keyFile, managementUrl: fake.management }
    const warning = await ensureToken('inference', renewal, 2 * HOUR * 1e6)
    expect(warning).toContain('token_expiration_min')
    expect(warning).not.toContain('planted')
  })

  it('is an error once it has expired and nobody can renew it', async () => {
    const renewal = { keyFile: fake.keyFile, managementUrl: null }
    await expect(ensureToken('inference', renewal, 1e9, () => Date.now() + 2 * HOUR)).rejects.toMatchObject({
      code: 'SERVEBENCH_TORCHSERVE_TOKEN',
      message: expect.stringContaining('has expired'),
    })
  })

  it('is renewed by the target’s preflight', async () => {
    const short = await FakeTorchServe.start({ tokens: 5000 })
    try {
      const before = short.key('inference')
      // Warm-up, measurement and drain of the default settings take longer than 5 s.
      const reference = await connect({
        model: 'echo',
        url: short.http,
        managementUrl: short.management,
        keyFile: short.keyFile,
      })
      expect(short.key('inference')).not.toBe(before)
      expect(reference.warnings).toEqual([expect.stringContaining('longer token_expiration_min')])
    } finally {
      await short[Symbol.asyncDispose]()
    }
  })
})

describe('key files that are none', () => {
  const folder = mkdtempSync(join(tmpdir(), 'keys-'))
  afterEach(() => rmSync(folder, { recursive: true, force: true }))

  it.each([
    ['not JSON', '{"inference": {"key": "planted'],
    ['without the key', '{"inference": {}}'],
    ['with a key that fits no header', '{"inference": {"key": "plan\\r\\nted"}}'],
    ['a list', '["planted"]'],
  ])('%s', (_name, text) => {
    const file = join(mkdtempSync(join(tmpdir(), 'keys-')), 'key_file.json')
    writeFileSync(file, text)
    expect(readFileSync(file, 'utf8')).toBe(text)
    const thrown = (() => {
      try {
        return readKeyFile(file, 'inference')
      } catch (error) {
        return error
      }
    })() as Error
    expect(thrown).toMatchObject({ code: 'SERVEBENCH_TORCHSERVE_TOKEN' })
    expect(`${thrown.message} ${String(thrown.cause)}`).not.toContain('plan')
    rmSync(join(file, '..'), { recursive: true })
  })

  it('not there', () => {
    expect(() => readKeyFile(join(folder, 'nothing.json'), 'inference')).toThrow('cannot be read')
  })
})
