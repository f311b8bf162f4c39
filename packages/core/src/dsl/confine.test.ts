import { expect, it } from 'vitest'
import { ValidationError } from '../errors/validation-error.ts'
import { confine } from './confine.ts'
import type { ServerSpec } from './server.ts'

const server: ServerSpec = { kind: 'test', package: 'test', launch: {}, state: {} }

it('limits become part of the server', () => {
  expect(confine(server, { cpus: '0-2,5', memory: '1GiB' })).toEqual({
    ...server,
    limits: { cpus: '0-2,5', memory: 2 ** 30 },
  })
  expect(confine(server, {}).limits).toEqual({ cpus: null, memory: null })
})

it('tells all that is wrong with them', () => {
  for (const options of [
    { cpus: 'all', memory: '5' },
    { cpus: '0;rm', memory: '0B' },
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
