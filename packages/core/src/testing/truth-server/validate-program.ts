import type { Problem } from '../../errors/validation-error.ts'
import { ServebenchError } from '../../errors/servebench-error.ts'
import { ValidationError } from '../../errors/validation-error.ts'
import { parseBytes } from '../../units/bytes.ts'
import { parseDuration } from '../../units/duration.ts'
import type { Behaviour, Fault, ServiceTime, TruthProgram } from './program.ts'

/**
 * Looks at what types cannot say: durations, ranges, contradictions.
 * @throws {ValidationError} with all problems at once.
 */
export function validateProgram(program: TruthProgram): void {
  const check = new Check()
  check.whole('servers', program.servers, 1)
  check.whole('queue', program.queue, 0)
  check.whole('overflowStatus', program.overflowStatus, 200, 599)
  checkBehaviour(check, '', program)
  for (const [index, stall] of (program.stalls ?? []).entries()) {
    check.order(`stalls[${index}]`, stall.from, stall.until)
  }
  for (const [index, rule] of (program.rules ?? []).entries()) {
    const path = `rules[${index}]`
    const { when } = rule
    check.whole(`${path}.when.every`, when.every, 1)
    check.whole(`${path}.when.from`, when.from, 0)
    check.whole(`${path}.when.until`, when.until, 0)
    check.whole(`${path}.when.connection`, when.connection, 0)
    if (when.share !== undefined && !(when.share >= 0 && when.share <= 1)) {
      check.problem(`${path}.when.share`, `${when.share} is not between 0 and 1.`)
    }
    if (when.during) check.order(`${path}.when.during`, when.during.from, when.during.until)
    checkBehaviour(check, `${path}.`, rule)
  }
  check.whole('connections.requests', program.connections?.requests, 1)
  check.whole('connections.accept.every', program.connections?.accept?.every, 1)
  check.duration('connections.idle', program.connections?.idle)
  if (program.unit && 'offset' in program.unit) {
    check.whole('unit.offset', program.unit.offset, 0)
    const needsLength = program.unit.encoding === 'decimal' || program.unit.encoding === 'hex'
    if (needsLength && program.unit.length === undefined) {
      check.problem('unit.length', `A field in ${program.unit.encoding} needs a length.`)
    }
  }
  check.done()
}

function checkBehaviour(check: Check, path: string, behaviour: Behaviour): void {
  checkService(check, `${path}service`, behaviour.service)
  const { answer, fault, reading } = behaviour
  if (reading) {
    if ('pause' in reading) check.duration(`${path}reading.pause`, reading.pause)
    else {
      check.whole(`${path}reading.bytes`, reading.bytes, 1)
      check.duration(`${path}reading.every`, reading.every)
    }
  }
  if (answer) {
    check.whole(`${path}answer.status`, answer.status, 200, 599)
    for (const status of answer.informational ?? []) {
      check.whole(`${path}answer.informational`, status, 102, 199)
    }
    check.whole(`${path}answer.pace.bytes`, answer.pace?.bytes, 1)
    check.duration(`${path}answer.pace.every`, answer.pace?.every)
    check.whole(`${path}answer.grpc.status`, answer.grpc?.status, 0)
    if (typeof answer.body === 'object' && answer.body.kind === 'fill') {
      const { bytes } = answer.body
      if (typeof bytes === 'number') check.whole(`${path}answer.body.bytes`, bytes, 0)
      else check.parses(`${path}answer.body.bytes`, () => parseBytes(bytes))
    }
    if (answer.stream?.kind === 'messages') {
      check.whole(`${path}answer.stream.count`, answer.stream.count, 0)
      check.whole(`${path}answer.stream.bytes`, answer.stream.bytes, 0)
      check.duration(`${path}answer.stream.gap`, answer.stream.gap)
      check.duration(`${path}answer.stream.first`, answer.stream.first)
    }
    if (answer.pace && answer.stream) {
      check.problem(`${path}answer`, 'An answer has either a pace or a stream: a stream sets its own.')
    }
  }
  if (fault) checkFault(check, `${path}fault`, fault)
}

function checkService(check: Check, path: string, service: ServiceTime | undefined): void {
  if (service === undefined || typeof service === 'string') return check.duration(path, service)
  switch (service.kind) {
    case 'exponential':
      return check.duration(`${path}.mean`, service.mean)
    case 'lognormal':
      if (!(service.sigma >= 0)) check.problem(`${path}.sigma`, `${service.sigma} is not a number from 0 on.`)
      return check.duration(`${path}.median`, service.median)
    case 'uniform':
      return check.order(path, service.low, service.high)
    case 'list':
      if (service.times.length === 0) check.problem(`${path}.times`, 'The list is empty.')
      for (const [index, time] of service.times.entries()) check.duration(`${path}.times[${index}]`, time)
  }
}

function checkFault(check: Check, path: string, fault: Fault): void {
  if ('after' in fault && typeof fault.after === 'number') check.whole(`${path}.after`, fault.after, 0)
  if (fault.kind === 'garbage') check.whole(`${path}.bytes`, fault.bytes, 1)
  if (fault.kind === 'content-length' && (!Number.isInteger(fault.difference) || fault.difference === 0)) {
    check.problem(`${path}.difference`, `${fault.difference} is not a whole number other than 0.`)
  }
  if (fault.kind !== 'frames') return
  for (const [index, frame] of fault.frames.entries()) {
    check.whole(`${path}.frames[${index}].type`, frame.type, 0, 255)
    check.whole(`${path}.frames[${index}].flags`, frame.flags, 0, 255)
    if (!/^([0-9a-f]{2})*$/i.test(frame.payload ?? '')) {
      check.problem(`${path}.frames[${index}].payload`, 'The payload is not hexadecimal.')
    }
  }
}

class Check {
  readonly #problems: Problem[] = []

  problem(path: string, message: string): void {
    this.#problems.push({ path, message })
  }

  whole(path: string, value: number | undefined, low: number, high = Number.MAX_SAFE_INTEGER): void {
    if (value === undefined || (Number.isSafeInteger(value) && value >= low && value <= high)) return
    const range = high === Number.MAX_SAFE_INTEGER ? `from ${low} on` : `between ${low} and ${high}`
    this.problem(path, `${value} is not a whole number ${range}.`)
  }

  duration(path: string, value: string | undefined): void {
    if (value !== undefined) this.parses(path, () => parseDuration(value))
  }

  order(path: string, from: string, until: string): void {
    const before = this.#problems.length
    this.duration(`${path}.from`, from)
    this.duration(`${path}.until`, until)
    if (this.#problems.length === before && parseDuration(from) >= parseDuration(until)) {
      this.problem(path, `It ends at ${until}, not after its start at ${from}.`)
    }
  }

  parses(path: string, parse: () => unknown): void {
    try {
      parse()
    } catch (error) {
      if (!(error instanceof ServebenchError)) throw error
      this.problem(path, error.message)
    }
  }

  done(): void {
    if (this.#problems.length > 0) throw new ValidationError('The truth server’s program', this.#problems)
  }
}
