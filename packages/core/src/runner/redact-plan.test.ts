import { expect, it } from 'vitest'
import { DEFAULT_SETTINGS } from '../config/defaults.ts'
import type { TrialPlan } from '../plan/trial-plan.ts'
import { redactPlan } from './redact-plan.ts'

const PLAN: TrialPlan = {
  id: 'a',
  caseId: 'b',
  file: 'x.bench.ts',
  path: ['secrets', 'token: 5'],
  case: { token: 'short', tokens: 128 },
  repeat: 0,
  role: 'measurement',
  tags: ['password'],
  seed: 's',
  settings: DEFAULT_SETTINGS,
  origins: {},
  server: { kind: 'k', package: 'p', launch: { env: { HF_TOKEN: 'PLANT' } }, state: { password: 'PLANT' } },
  streams: {
    main: {
      target: {
        kind: 'http',
        package: 'servebench',
        options: {
          url: 'http://h/?api_key=PLANT&n=1',
          headers: { authorization: 'Bearer PLANT', cookie: { secret: 'env', name: 'COOKIE' }, accept: 'a' },
          body: '{"password":"PLANT","n":1}',
        },
      },
      input: {
        from: 'literal',
        value: { headers: { 'x-api-key': 'PLANT' }, body: { token: 'PLANT', prompt: 'hello' } },
      },
      load: { loop: 'closed', concurrency: 1, requests: null, thinkTime: { kind: 'none' } },
      exchange: { kind: 'request' },
      check: {
        file: 'x.bench.ts',
        digest: 'd',
        path: [],
        case: {},
        option: 'check',
        setup: { token: 'PLANT' },
      },
      expect: null,
      slo: null,
    },
  },
  samplers: [{ kind: 's', package: 'p', options: { credentials: 'PLANT', interval: 5 } }],
  digest: 'd',
  setup: { token: 'PLANT', port: 80 },
}

it('shows no secret, and everything else as it is', () => {
  const shown = redactPlan(PLAN)
  expect(JSON.stringify(shown)).not.toContain('PLANT')
  expect(shown.streams['main']?.target.options).toEqual({
    url: 'http://h/?api_key=[redacted]&n=1',
    headers: { authorization: '[redacted]', cookie: { secret: 'env', name: 'COOKIE' }, accept: 'a' },
    body: '{"password":"[redacted]","n":1}',
  })
  expect(shown.streams['main']?.input).toEqual({
    from: 'literal',
    value: { headers: { 'x-api-key': '[redacted]' }, body: { token: '[redacted]', prompt: 'hello' } },
  })
  expect(shown.setup).toEqual({ token: '[redacted]', port: 80 })
  // What names a trial must stay: results are compared by it.
  const { server, streams, samplers, setup, ...rest } = shown
  const { server: _server, streams: _streams, samplers: _samplers, setup: _setup, ...own } = PLAN
  expect(rest).toEqual(own)
  expect([server?.kind, Object.keys(streams), samplers?.length, setup]).toEqual([
    'k',
    ['main'],
    1,
    { token: '[redacted]', port: 80 },
  ])
  expect(JSON.stringify(PLAN)).toContain('PLANT')
})
