/** A piece of a bench file: a call of a factory, or plain data. */
export type Written =
  | { readonly call: string; readonly from: string; readonly argument: { readonly [name: string]: unknown } }
  | { readonly data: unknown }

/** A call of a factory of a module, anywhere in a piece. Data of others that looks alike is none. */
export class WrittenCall {
  readonly call: string
  readonly from: string
  /** `undefined`: it is called without one. */
  readonly argument: unknown

  constructor(call: string, from: string, argument?: unknown) {
    this.call = call
    this.from = from
    this.argument = argument
  }
}

/** TypeScript that stands in a literal as it is, such as the name of a variable. */
export class SourceText {
  readonly text: string

  constructor(text: string) {
    this.text = text
  }
}

/** A function of the configuration: `({ batch }) => …`. */
export class WrittenFunction {
  readonly parameters: readonly string[]
  readonly result: unknown

  constructor(parameters: readonly string[], result: unknown) {
    this.parameters = parameters
    this.result = result
  }
}

/** Without brackets and a comma: 110 with them. */
const LONGEST_LINE = 104
/** Of an option with its factory, where it is not known. */
const USUAL_NAME = 14

/** One line for each module, with the names that are used and those that stand in these pieces, however deep. */
export function importLines(
  used: readonly Pick<WrittenCall, 'call' | 'from'>[],
  pieces: readonly unknown[],
): readonly string[] {
  const calls = [...used]
  const visit = (value: unknown): void => {
    if (value instanceof WrittenCall) calls.push(value)
    if (Array.isArray(value)) value.forEach(visit)
    else if (typeof value === 'object' && value !== null) {
      if (isVariable(value)) calls.push({ call: 'env', from: 'servebench' })
      Object.values(value).forEach(visit)
    }
  }
  pieces.forEach(visit)
  return [...Map.groupBy(calls, ({ from }) => from)].map(([from, names]) => {
    const sorted = [...new Set(names.map(({ call }) => call))].sort()
    return `import { ${sorted.join(', ')} } from ${quote(from)}`
  })
}

export function source(written: Written, depth: number): string {
  if ('data' in written) return literal(written.data, depth, USUAL_NAME)
  return `${written.call}(${literal(written.argument, depth, USUAL_NAME)})`
}

/**
 * A value as TypeScript, in lines of the usual width; calls and {@link SourceText} may be anywhere in it.
 * @param taken characters of its first line that are not its own: the name of a member, a call
 */
export function literal(value: unknown, depth: number, taken = 0): string {
  if (typeof value === 'string') return quote(value)
  if (value instanceof SourceText) return value.text
  if (Array.isArray(value)) {
    const items = value.map((item) => literal(item, depth + 1))
    return fits(items, depth, taken)
      ? `[${items.join(', ')}]`
      : `[\n${items.map((item) => indent(item, depth + 1)).join(',\n')},\n${'  '.repeat(depth)}]`
  }
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof WrittenCall) {
    const { call, argument } = value
    return `${call}(${argument === undefined ? '' : literal(argument, depth, taken + call.length + 2)})`
  }
  if (value instanceof WrittenFunction) return functionOf(value, depth, taken)
  if (isVariable(value)) return `env(${quote(value.name)})`
  const members = Object.entries(value).map(([key, member]) =>
    memberOf(key, literal(member, depth + 1, keyOf(key).length + 2)),
  )
  if (members.length === 0) return '{}'
  return fits(members, depth, taken)
    ? `{ ${members.join(', ')} }`
    : `{\n${members.map((member) => indent(member, depth + 1)).join(',\n')},\n${'  '.repeat(depth)}}`
}

/** A string literal in single quotes; JSON's escapes are JavaScript's. */
export function quote(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

function functionOf({ parameters, result }: WrittenFunction, depth: number, taken: number): string {
  const isPlain =
    typeof result === 'object' && result !== null && Object.getPrototypeOf(result) === Object.prototype
  const head = `({ ${parameters.join(', ')} }) => `
  const text = literal(result, depth, taken + head.length + 2)
  return `${head}${isPlain ? `(${text})` : text}`
}

function isVariable(value: object): value is { readonly secret: 'env'; readonly name: string } {
  const { secret, name } = value as { readonly secret?: unknown; readonly name?: unknown }
  return secret === 'env' && typeof name === 'string'
}

function memberOf(key: string, text: string): string {
  return key === text ? key : `${keyOf(key)}: ${text}`
}

function keyOf(key: string): string {
  // In a literal it would be the prototype.
  if (key === '__proto__') return "['__proto__']"
  return /^[A-Za-z_$][\w$]*$/.test(key) ? key : quote(key)
}

function fits(parts: readonly string[], depth: number, taken: number): boolean {
  return (
    parts.every((part) => !part.includes('\n')) && parts.join(', ').length + depth * 2 + taken < LONGEST_LINE
  )
}

function indent(text: string, depth: number): string {
  return '  '.repeat(depth) + text
}
