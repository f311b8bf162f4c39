import type { Datatype } from 'servebench/plugin'
import { ExitCode, ServebenchError } from 'servebench/plugin'
import type { OipData } from './tensor/datatype.ts'
import type { ParsedJson } from './json/parse-json.ts'

/** One of the classes of an item. */
export interface OipClass {
  readonly score: number
  readonly index: number
  /** `null` where the model has none. */
  readonly label: string | null
}

/** A tensor of an answer. */
export class OipOutput {
  readonly name: string
  readonly datatype: Datatype
  readonly shape: readonly number[]
  /**
   * In row-major order: a typed array, with `bigint`s for 64-bit integers, 0 and 1 for `BOOL`, and `FP16` and `BF16`
   * widened to 32 bits without loss; a list of byte arrays for `BYTES`.
   */
  readonly data: OipData

  constructor(name: string, datatype: Datatype, shape: readonly number[], data: OipData) {
    this.name = name
    this.datatype = datatype
    this.shape = shape
    this.data = data
  }

  /**
   * What the classification extension answers in the place of scores: the best classes of each item, best first.
   * @throws {ServebenchError} when the output holds something else
   */
  classes(): OipClass[][] {
    const classes = this.texts().map((text) => this.#readClass(text))
    const perItem = Math.max(1, this.shape.at(-1) ?? 1)
    return Array.from({ length: Math.ceil(classes.length / perItem) }, (_, item) =>
      classes.slice(item * perItem, (item + 1) * perItem),
    )
  }

  /** The elements of a `BYTES` tensor as UTF-8 text. @throws {ServebenchError} for another datatype */
  texts(): string[] {
    if (this.datatype === 'BYTES')
      return (this.data as readonly Uint8Array[]).map((element) => Buffer.from(element).toString())
    throw new ServebenchError(
      'SERVEBENCH_OIP_OUTPUT',
      `The output '${this.name}' is ${this.datatype} and has no text.`,
    )
  }

  #readClass(text: string): OipClass {
    const [, score, index, label] = /^([^:]+):(\d+)(?::(.*))?$/s.exec(text) ?? []
    if (score !== undefined && !Number.isNaN(Number(score)))
      return { score: Number(score), index: Number(index), label: label ?? null }
    throw new ServebenchError(
      'SERVEBENCH_OIP_OUTPUT',
      `The output '${this.name}' has no classes, but ${JSON.stringify(text.slice(0, 100))}.`,
      { advice: `Ask for them: outputs: [{ name: '${this.name}', parameters: { classification: 3 } }].` },
    )
  }
}

/** An answer, as `check` sees it. */
export class OipResponse {
  readonly modelName: string
  /** `''` when the server does not say it, as for the others. */
  readonly modelVersion: string
  readonly id: string
  /** Whatever the server adds; over gRPC only text, numbers and booleans. */
  readonly parameters: Readonly<Record<string, ParsedJson | undefined>>
  readonly outputs: readonly OipOutput[]

  constructor(fields: Pick<OipResponse, 'modelName' | 'modelVersion' | 'id' | 'parameters' | 'outputs'>) {
    this.modelName = fields.modelName
    this.modelVersion = fields.modelVersion
    this.id = fields.id
    this.parameters = fields.parameters
    this.outputs = fields.outputs
  }

  /** @throws {ServebenchError} `SERVEBENCH_OIP_OUTPUT` when the answer has no such output */
  output(name: string): OipOutput {
    const found = this.outputs.find((output) => output.name === name)
    if (found !== undefined) return found
    throw new ServebenchError('SERVEBENCH_OIP_OUTPUT', `The answer has no output '${name}'.`, {
      advice: `It has ${this.outputs.map((output) => `'${output.name}'`).join(', ') || 'none'}.`,
      exitCode: ExitCode.target,
    })
  }
}
