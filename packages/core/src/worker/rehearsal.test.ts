import { afterEach, describe, expect, it } from 'vitest'
import { HttpCodec } from '../builtin/http/codec.ts'
import { readSettings } from '../builtin/http/settings.ts'
import { prepare } from '../testing/prepare.ts'
import { ScriptServer } from '../testing/script-server.ts'
import type { Prepared } from '../engine/session.ts'
import type { JsonObject } from '../units/json.ts'
import { rehearse } from './rehearsal.ts'

const module = new URL('../builtin/http/session.ts', import.meta.url).href
const running: ScriptServer[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server[Symbol.asyncDispose]()
})

function stream(
  engine: 'raw' | 'undici',
  port: number,
): { stream: Parameters<typeof rehearse>[0]; prepared: readonly Prepared[] } {
  const settings = readSettings({ url: `http://127.0.0.1:${port}/x`, engine } as unknown as JsonObject, {
    server: null,
    close: false,
    root: '/',
  })
  const codec = new HttpCodec(settings)
  return {
    stream: {
      session: { module, options: settings as unknown as JsonObject },
      engine: `http1-${engine}`,
      unit: { kind: 'request' },
    },
    prepared: prepare([codec.encode({ body: { n: 1 } })]),
  }
}

describe('rehearsing', () => {
  it.each(['raw', 'undici'] as const)(
    'sends many requests through %s, once, and none of them to the target',
    async (engine) => {
      let connections = 0
      const target = await ScriptServer.start(async (peer) => {
        connections += 1
        await peer.ended()
      })
      running.push(target)
      const known = stream(engine, target.port)
      expect(await rehearse(known.stream, known.prepared)).toBeGreaterThan(500)
      expect(await rehearse(known.stream, known.prepared)).toBe(0)
      expect(connections).toBe(0)
    },
    20_000,
  )

  it('leaves alone what is not a network session, and streams', async () => {
    const { stream: known, prepared } = stream('raw', 9)
    const other = { ...known, session: { ...known.session, module: `${module}?other` } }
    expect(await rehearse({ ...other, engine: 'inline' }, prepared)).toBe(0)
    const withoutUrl = { ...other, session: { ...other.session, options: {} } }
    expect(await rehearse(withoutUrl, prepared)).toBe(0)
  })

  it('gives up on a session that cannot be made', async () => {
    const { stream: known, prepared } = stream('raw', 9)
    const missing = { ...known, session: { ...known.session, module: `${module}.missing` } }
    expect(await rehearse(missing, prepared)).toBe(0)
  })
})
