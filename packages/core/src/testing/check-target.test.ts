import { connect, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { http } from '../builtin/http/target.ts'
import { httpPlugin } from '../builtin/http/plugin.ts'
import type { HttpResponse } from '../builtin/http/response.ts'
import { FailureKind } from '../engine/outcome.ts'
import type { Exchange, Prepared, SessionModule, TargetSession } from '../engine/session.ts'
import { ValidationError } from '../errors/validation-error.ts'
import { checkTarget, type TargetCheckOptions } from './check-target.ts'
import { connectTarget } from './connect-target.ts'
import { createTruthServer, type TruthServer } from './truth-server/truth-server.ts'

let server: TruthServer
const leaked: Socket[] = []
beforeEach(async () => {
  server = await createTruthServer({
    program: {
      rules: [
        { when: { path: '/503' }, answer: { status: 503 } },
        { when: { path: '/hang' }, fault: { kind: 'hang' } },
      ],
    },
  })
})
afterEach(async () => {
  for (const socket of leaked.splice(0)) socket.destroy()
  await server[Symbol.asyncDispose]()
})

const request = { body: { n: 1 } }
const everything = (): TargetCheckOptions<unknown, HttpResponse> => ({
  request,
  accept: (response) => (response.json() as { path: string }).path === '/infer',
  failing: { request: { path: '/503' }, failure: 'http-503' },
  slow: { path: '/hang' },
  stopServer: async () => {
    await server.refuseConnections()
    await server.dropConnections('close')
  },
})

describe('the http target', () => {
  it.each(['raw', 'undici'] as const)('keeps the contract with engine %s', async (engine) => {
    const reference = await connectTarget(httpPlugin, http({ url: `${server.url}/infer`, engine }))
    const { held, skipped } = await checkTarget(reference, everything())
    expect(skipped).toEqual([])
    expect(held).toHaveLength(14)
  })
})

it('skips what it cannot know', async () => {
  const reference = await connectTarget(httpPlugin, http({ url: `${server.url}/infer` }))
  const { skipped } = await checkTarget(reference, { request })
  expect(skipped).toEqual([
    'a payload that is made while measuring is sent as it is',
    'an exchange that is under way can be cancelled',
    'a failure has its name, and the session goes on',
    'a server that is gone is a failure, not an exception',
  ])
})

it('says which plugin provides no such target', async () => {
  const other = { kind: 'other', package: 'x', options: {} } as never
  await expect(connectTarget(httpPlugin, other)).rejects.toMatchObject({
    code: 'SERVEBENCH_TARGET_KIND',
    message: "The plugin 'servebench/http' provides no target 'other'.",
  })
})

/** What is wrong with a session, and how the check puts it. */
const DEFECTS: readonly (readonly [
  string,
  string,
  (session: TargetSession, exchange: Exchange) => object,
])[] = [
  [
    'settles twice',
    'slot 0, which is not open',
    (session, exchange) => ({
      open: (...args: Parameters<TargetSession['open']>) => {
        session.open(...args)
        session.cancel(args[0])
        exchange.done(args[0], 0)
      },
    }),
  ],
  [
    'forgets what is cancelled',
    'an exchange after a `cancel` did not end within 1000 ms',
    () => ({ cancel: () => {} }),
  ],
  [
    'writes to payloads',
    'the shared payload was changed',
    (session) => ({
      open: (...[slot, prepared, patch]: Parameters<TargetSession['open']>) => {
        session.open(slot, prepared, patch)
        prepared.bytes[prepared.bytes.length - 1] = 32
      },
    }),
  ],
  [
    'knows payloads by their index',
    'another payload was sent, that had the same index',
    (session) => {
      const kept: Prepared[] = []
      return {
        open: (...[slot, prepared, patch]: Parameters<TargetSession['open']>) => {
          session.open(slot, (kept[prepared.index] ??= prepared), patch)
        },
      }
    },
  ],
  [
    'counts no bytes',
    '`bytesOut` did not grow',
    (session) => ({ statistics: () => ({ ...session.statistics(), bytesOut: 0 }) }),
  ],
  [
    'leaves connections open',
    'sockets open',
    (session) => ({
      [Symbol.asyncDispose]: async () => {
        leaked.push(connect(server.port, '127.0.0.1'))
        await session[Symbol.asyncDispose]()
      },
    }),
  ],
  [
    'throws',
    'threw TypeError: no',
    () => ({
      open: () => {
        throw new TypeError('no')
      },
    }),
  ],
  [
    'gives failures another name',
    'it was reported as application; http-503 was to be expected',
    (session, exchange) => {
      const { fail } = exchange
      exchange.fail = (slot, kind, code) =>
        kind === FailureKind.httpStatus
          ? fail.call(exchange, slot, FailureKind.application, 0)
          : fail.call(exchange, slot, kind, code)
      return session
    },
  ],
]

describe('a session that', () => {
  it.each(DEFECTS)(
    '%s is found out',
    async (name, sentence, spoil) => {
      const reference = await connectTarget(httpPlugin, http({ url: `${server.url}/infer` }))
      const original = (await import(reference.module)) as SessionModule
      // The check imports the module that the reference names: here one that spoils what the real one makes.
      const key = `servebench:${name}`
      const sessions: TargetSession[] = []
      Object.assign(globalThis, {
        [key]: {
          createCodec: original.createCodec,
          createSession: async (context: Parameters<SessionModule['createSession']>[0]) => {
            const session = await original.createSession(context)
            sessions.push(session)
            const spoiled = spoil(session, context.exchange) as Partial<TargetSession>
            return new Proxy(session, {
              get: (target, property) => {
                const own = Object.hasOwn(spoiled, property) ? spoiled : target
                const member = own[property as keyof TargetSession] as unknown
                return typeof member === 'function' ? member.bind(own) : member
              },
            })
          },
        },
      })
      const code = `const { createCodec, createSession } = globalThis[${JSON.stringify(key)}]; export { createCodec, createSession }`
      const module = `data:text/javascript,${encodeURIComponent(code)}`
      const error = await checkTarget({ ...reference, module }, {
        ...everything(),
        patience: '1s',
      } as TargetCheckOptions).catch((thrown: unknown) => thrown)
      expect(error).toBeInstanceOf(ValidationError)
      expect((error as ValidationError).message).toContain(sentence)
      for (const session of sessions) await session[Symbol.asyncDispose]()
    },
    20_000,
  )
})
