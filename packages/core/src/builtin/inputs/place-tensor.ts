import type { Datatype, TargetMetadata, TensorMetadata } from '../../plugin.ts'
import { ServebenchError, suggest } from '../../plugin.ts'

/** What a generator makes: one tensor, for one of the model's inputs. */
export interface Wish {
  /** The input's name, where the bench file says it. */
  readonly name: string | undefined
  /** Where the bench file says it. */
  readonly datatype?: string | undefined
  /** Datatypes that can be made; the first is made where nobody says otherwise. */
  readonly datatypes: readonly Datatype[]
  /** Of the generator, for messages. */
  readonly kind: string
}

/** Where a tensor goes. */
export interface Place {
  readonly name: string
  readonly datatype: Datatype
  /** Dimensions of the model's input; `null` where it is not known. */
  readonly rank: number | null
}

/**
 * The model's input that a tensor is for, and the datatype that it takes.
 * @throws {ServebenchError} when it is not clear which input, or the generator cannot make its datatype
 */
export function placeTensor(wish: Wish, metadata: TargetMetadata | null): Place {
  const input = findInput(wish, metadata)
  const datatype = wish.datatype ?? input.datatype ?? wish.datatypes[0]
  if ((wish.datatypes as readonly unknown[]).includes(datatype))
    return { name: input.name, datatype: datatype as Datatype, rank: input.rank }
  throw new ServebenchError(
    'SERVEBENCH_INPUT',
    `${wish.kind}() makes ${listed(wish.datatypes)}, and the model's input '${input.name}' takes ${datatype}.`,
    {
      advice: `Use tensors() for other datatypes, or name another input: ${wish.kind}({ …, name: 'INPUT' }).`,
    },
  )
}

/** A shape with its batch; models without batches take a single sample without that dimension. */
export function batchShape({ rank }: Place, batch: number, shape: readonly number[]): readonly number[] {
  return batch === 1 && rank === shape.length ? shape : [batch, ...shape]
}

function findInput(
  { name, kind }: Wish,
  metadata: TargetMetadata | null,
): { readonly name: string; readonly datatype?: string; readonly rank: number | null } {
  const inputs = metadata?.inputs ?? []
  if (name !== undefined) {
    const found = inputs.find((input) => input.name === name)
    if (found !== undefined) return described(found)
    if (inputs.length === 0) return { name, rank: null }
    const meant = suggest(
      name,
      inputs.map((input) => input.name),
    )
    throw unclear(
      kind,
      `The model has no input '${name}'; it has ${names(inputs)}.${meant === undefined ? '' : ` Did you mean '${meant}'?`}`,
    )
  }
  const required = inputs.filter(({ optional }) => optional !== true)
  const [first, second] = required.length > 0 ? required : inputs
  if (first !== undefined && second === undefined) return described(first)
  throw unclear(
    kind,
    first === undefined
      ? `The target does not describe its inputs: it is not clear which one takes what ${kind}() makes.`
      : `The model has several inputs (${names(inputs)}): it is not clear which one takes what ${kind}() makes.`,
  )
}

function described({ name, datatype, shape, anyRank }: TensorMetadata): {
  readonly name: string
  readonly datatype: string
  readonly rank: number | null
} {
  return { name, datatype, rank: anyRank === true ? null : shape.length }
}

function names(inputs: readonly TensorMetadata[]): string {
  return inputs.map(({ name }) => `'${name}'`).join(', ')
}

function listed(datatypes: readonly string[]): string {
  return datatypes.length === 1
    ? (datatypes[0] as string)
    : `${datatypes.slice(0, -1).join(', ')} or ${datatypes.at(-1)}`
}

function unclear(kind: string, message: string): ServebenchError {
  return new ServebenchError('SERVEBENCH_INPUT', message, {
    advice: `Name it: ${kind}({ …, name: 'INPUT' }).`,
  })
}

/** The model as it is for whoever looks for one of its other inputs. */
export function without(
  metadata: TargetMetadata | null,
  ...taken: (string | undefined)[]
): TargetMetadata | null {
  if (metadata === null || taken.length === 0) return metadata
  const inputs = metadata.inputs.filter(({ name }) => !taken.includes(name))
  return { ...metadata, inputs: inputs.length === 0 ? metadata.inputs : inputs }
}
