import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import { confine, limitsOf, type ServerLimits } from './confine.ts'
import type { ServerSpec } from './server.ts'

const server: ServerSpec = { kind: 'test', package: 'test', launch: {}, state: {} }

it('limits become part of the server', () => {
  expect(confine(server, { cpus: '0-2,5', memory: '1GiB' })).toEqual({
    ...server,
    limits: { cpus: '0-2,5', memory: 2 ** 30 },
  })
  expect(confine(server, {}).limits).toEqual({ cpus: null, memory: null })
})

it('gives each replica CPUs of its own, where it is said how many', () => {
  const { limits } = confine(server, { cpus: 2, memory: '1KiB' })
  expect(limits).toEqual({ cpus: 2, memory: 1024 })
  expect([0, 1, 3].map((replica) => limitsOf(limits as ServerLimits, replica).cpus)).toEqual([
    '0-1',
    '2-3',
    '6-7',
  ])
  expect(limitsOf({ cpus: 1, memory: null }, 5)).toEqual({ cpus: '5', memory: null })
  expect(limitsOf({ cpus: '0-3', memory: 7 }, 2)).toEqual({ cpus: '0-3', memory: 7 })
  expect(limitsOf({ cpus: null, memory: null }, 2).cpus).toBeNull()
})

it('tells all that is wrong with them', () => {
  for (const options of [
    { cpus: 'all', memory: '5' },
    { cpus: '0;rm', memory: '0B' },
    { cpus: 0, memory: '0B' },
    { cpus: 1.5, memory: '0B' },
  ]) {
    try {
      confine(server, options as never)
      expect.unreachable()
    } catch (error) {
      expect(error).toBeInstanceOf(ValidationError)
      expect((error as ValidationError).problems.map(({ path }) => path)).toEqual(['cpus', 'memory'])
    }
  }
})
