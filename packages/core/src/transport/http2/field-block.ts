import type { Field } from './static-table.ts'

/** Fields of HTTP/1.1 that have no place in HTTP/2 (RFC 9113, section 8.2.2). */
const CONNECTION_FIELDS = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'transfer-encoding',
  'upgrade',
])
const NAME = /^[!#$%&'*+\-.^_`|~0-9a-z]+$/
// White space around a value is not refused: gRPC servers send messages in `grpc-message` that end with a space.
// eslint-disable-next-line no-control-regex
const FORBIDDEN_IN_VALUES = /[\0\r\n]/

/** A decoded header block: the header of an answer, or its trailers. */
export class FieldBlock<Meaning> {
  readonly fields: readonly Field[]
  /** −1 in trailers. */
  readonly status: number
  /** Why the block is malformed, or `undefined`. */
  readonly problem: string | undefined
  /** What the protocol above HTTP/2 reads out of the fields. */
  readonly meaning: Meaning
  #lines: Buffer | undefined

  constructor(fields: readonly Field[], meaning: Meaning) {
    const status = fields[0]?.name === ':status' ? fields[0].value : undefined
    this.fields = fields
    this.meaning = meaning
    this.status = status === undefined ? -1 : Number(status)
    this.problem = findProblem(fields, status)
  }

  /** `name: value` lines, each ending with CR LF. */
  get lines(): Buffer {
    this.#lines ??= Buffer.from(
      this.fields.map(({ name, value }) => `${name}: ${value}\r\n`).join(''),
      'latin1',
    )
    return this.#lines
  }
}

function findProblem(fields: readonly Field[], status: string | undefined): string | undefined {
  if (status !== undefined && !/^[1-9][0-9]{2}$/.test(status)) return `the status '${status}'`
  if (status === '101') return 'the status 101, which HTTP/2 does not have'
  for (let index = status === undefined ? 0 : 1; index < fields.length; index++) {
    const { name, value } = fields[index] as Field
    if (!NAME.test(name)) return `a field named '${name}'`
    if (CONNECTION_FIELDS.has(name)) return `the field '${name}', which HTTP/2 does not have`
    if (FORBIDDEN_IN_VALUES.test(value)) return `a control character in the field '${name}'`
  }
  return undefined
}
