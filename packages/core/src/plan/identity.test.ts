import { describe, expect, it } from 'vitest'
import { planned } from '../../test/support/planned-case.ts'
import { caseId, planHash, trialId } from './identity.ts'
import { repeatOf } from './order.ts'
import type { TrialPlan } from './trial-plan.ts'

describe('identity', () => {
  const key = { file: 'a.bench.ts', path: ['a', 'b'], case: { x: 1, y: 'z' }, role: 'measurement' } as const

  it('is the digest of file, path, case, role and repeat', () => {
    // printf '{"case":{"x":1,"y":"z"},"file":"a.bench.ts","path":["a","b"],"role":"measurement"}' | sha256sum
    expect(caseId(key)).toBe('5aaf16a31a79')
    // printf '{"case":{"x":1,"y":"z"},"file":"a.bench.ts","path":["a","b"],"repeat":0,"role":"measurement"}' | sha256sum
    expect(trialId(key, 0)).toBe('01729b8fee03')
  })

  it('does not depend on the order of the axes', () => {
    expect(caseId({ ...key, case: { y: 'z', x: 1 } })).toBe(caseId(key))
  })

  it('differs with every part', () => {
    const ids = [
      caseId(key),
      caseId({ ...key, file: 'b.bench.ts' }),
      caseId({ ...key, path: ['a > b'] }),
      caseId({ ...key, case: { x: '1', y: 'z' } }),
      caseId({ ...key, role: 'probe' }),
      trialId(key, 0),
      trialId(key, 1),
    ]
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('hashes equal plans alike', () => {
    const plan = repeatOf(planned('a'), 0, 'seed')
    expect(planHash(plan)).toBe(planHash(JSON.parse(JSON.stringify(plan)) as TrialPlan))
    expect(planHash({ ...plan, seed: 'x' })).not.toBe(planHash(plan))
  })
})
