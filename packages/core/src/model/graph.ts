import type { ElementType } from './datatype.ts'

/** A size, the name of one that is chosen at run time, or `null` where nothing is known. */
export type Dimension = number | string | null

export interface TensorType {
  readonly type: ElementType | null
  /** `null`: of any rank. */
  readonly shape: readonly Dimension[] | null
}

/** What a model carries with it: a weight, or a number of an operation. */
export interface Constant {
  readonly name: string
  readonly type: ElementType
  readonly shape: readonly number[]
  /** Of small ones; `null` where there are too many, or they lie in another file. */
  readonly values: readonly number[] | null
  /** The file beside the model that holds it. */
  readonly external: string | null
}

export type Attribute =
  | { readonly kind: 'number'; readonly value: number }
  | { readonly kind: 'text'; readonly value: string }
  | { readonly kind: 'numbers'; readonly value: readonly number[] }
  | { readonly kind: 'texts'; readonly value: readonly string[] }
  | { readonly kind: 'constant'; readonly value: Constant }
  | { readonly kind: 'graph'; readonly value: Graph }
  | { readonly kind: 'types'; readonly value: readonly TensorType[] }
  /** Of a function's node: the attribute of the caller with this name. */
  | { readonly kind: 'reference'; readonly value: string }

export type Attributes = ReadonlyMap<string, Attribute>

/** An operation of a graph. An input that is left out is `''`. */
export interface Node {
  readonly name: string
  readonly operator: string
  /** `''` is ONNX's own set of operators. */
  readonly domain: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly attributes: Attributes
}

export interface Graph {
  readonly inputs: readonly (TensorType & { readonly name: string })[]
  /** Names of tensors; their public names where those differ. */
  readonly outputs: readonly { readonly name: string; readonly tensor: string }[]
  readonly constants: readonly Constant[]
  /** In an order in which each comes after those it needs, as far as there is one. */
  readonly nodes: readonly Node[]
  /** What the file says of tensors in between; believed only where nothing better is known. */
  readonly hints: ReadonlyMap<string, TensorType>
}

/** A graph that nodes call by its name. */
export interface GraphFunction {
  readonly graph: Graph
  readonly versions: ReadonlyMap<string, number>
  readonly defaults: Attributes
}

export interface Model {
  readonly format: 'onnx' | 'saved-model' | 'graph-def'
  readonly graph: Graph
  /** By the operator that calls them, `domain:name`. */
  readonly functions: ReadonlyMap<string, GraphFunction>
  /** Versions of operator sets by domain. */
  readonly versions: ReadonlyMap<string, number>
  readonly producer: string | null
  /** What whoever wrote the file wanted to be known. */
  readonly properties: Readonly<Record<string, string>>
  /** Of all files that belong to it. */
  readonly bytes: number
  /** Files that the model names, and that are not there. */
  readonly missing: readonly string[]
}
