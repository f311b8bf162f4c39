import { parseDuration } from '../../units/duration.ts'
import type { Nanos } from '../../units/nanos.ts'
import { compileConduct, type Conduct } from './conduct.ts'
import { type Matcher, matcher } from './condition.ts'
import { type FieldReader, fieldReader } from './field.ts'
import type { Behaviour, TruthProgram } from './program.ts'
import { stallWindows, type StallWindow } from './stall.ts'

/** A {@link TruthProgram} made ready for use. */
export interface ProgramPlan {
  readonly seed: number
  readonly servers: number
  readonly places: number
  readonly overflowStatus: number
  readonly stalls: readonly StallWindow[]
  readonly clockAtFirstRequest: boolean
  readonly base: Conduct
  readonly rules: readonly { readonly matches: Matcher; readonly conduct: Conduct }[]
  readonly unit: FieldReader | null
  readonly sequence: {
    readonly id: FieldReader
    readonly start: FieldReader
    readonly end: FieldReader
    readonly value: FieldReader
  }
  /** Whether a field is read from bodies, so that they have to be kept. */
  readonly readsBody: boolean
  readonly accept: { readonly fault: 'reset' | 'close' | 'hang'; readonly every: number } | null
  readonly requestsPerConnection: number
  readonly idle: Nanos | null
  readonly halfOpen: boolean
}

export function compileProgram(program: TruthProgram): ProgramPlan {
  const seed = program.seed ?? 1
  const { accept, requests, idle } = program.connections ?? {}
  const sequence = program.sequence ?? {}
  return {
    seed,
    servers: program.servers ?? Infinity,
    places: program.queue ?? Infinity,
    overflowStatus: program.overflowStatus ?? 503,
    stalls: stallWindows(program.stalls ?? []),
    clockAtFirstRequest: (program.clock ?? 'first-request') === 'first-request',
    base: compileConduct(program, seed),
    rules: (program.rules ?? []).map((rule, position) => ({
      matches: matcher(rule.when, seed, position),
      conduct: compileConduct(overlay(program, rule), seed),
    })),
    unit: program.unit === undefined ? null : fieldReader(program.unit),
    sequence: {
      id: fieldReader(sequence.id ?? { json: 'sequence' }),
      start: fieldReader(sequence.start ?? { json: 'start' }),
      end: fieldReader(sequence.end ?? { json: 'end' }),
      value: fieldReader(sequence.value ?? { json: 'value' }),
    },
    readsBody: program.unit !== undefined && !('header' in program.unit),
    accept: accept === undefined ? null : { fault: accept.fault, every: accept.every ?? 1 },
    requestsPerConnection: requests ?? Infinity,
    idle: idle === undefined ? null : parseDuration(idle),
    halfOpen: program.connections?.halfOpen ?? false,
  }
}

function overlay(base: Behaviour, rule: Behaviour): Behaviour {
  const merged = { ...base, ...rule }
  return base.answer === undefined || rule.answer === undefined
    ? merged
    : { ...merged, answer: { ...base.answer, ...rule.answer } }
}
