import type {
  Attribute,
  Attributes,
  Constant,
  Graph,
  GraphFunction,
  Model,
  Node,
  TensorType,
} from '../graph.ts'
import { Call, type Operation, type Outcome } from '../operators/call.ts'
import { axisOf, UNKNOWN, type Tensor } from '../operators/tensor.ts'
import { malformed } from '../unreadable.ts'
import { controlFlow, type Body } from './control-flow.ts'
import type { SizeBook } from './dimensions.ts'

/** An operation that is executed, with the sizes of everything around it. */
export interface Step {
  readonly name: string
  readonly operator: string
  readonly call: Call
  readonly outputs: readonly Tensor[]
  readonly macs: number
  readonly flops: number
  /** How often it runs: of the body of a loop, once for each round. */
  readonly times: number
  readonly isLowerBound: boolean
  /** Nothing is known of what it does. */
  readonly isUnknown: boolean
}

export interface Evaluation {
  readonly steps: readonly Step[]
  readonly inputs: readonly { readonly name: string; readonly tensor: Tensor }[]
  readonly outputs: readonly { readonly name: string; readonly tensor: Tensor }[]
  /** Inputs and outputs that were made from constants while the model was loaded. */
  readonly generated: ReadonlySet<Constant>
}

export type FindOperator = (domain: string, operator: string) => Operation | null

/** Functions that call functions that call functions: no model needs more. */
const DEEPEST_CALL = 48
const MOST_STEPS = 2_000_000
/** Higher than any rank; a file must not make lists of sizes grow. */
const HIGHEST_RANK = 64
/** Elements of all values together that are looked into. */
const MOST_ELEMENTS = 20_000_000

/** Goes through a model once in the order of execution, with sizes instead of data. */
export function evaluateModel(model: Model, sizes: SizeBook, find: FindOperator): Evaluation {
  return new Evaluator(model, sizes, find).run()
}

class Evaluator {
  readonly #model: Model
  readonly #sizes: SizeBook
  readonly #find: FindOperator
  readonly #generated = new Set<Constant>()
  #steps: Step[] = []
  #count = 0
  #elements = 0
  #times = 1
  #depth = 0

  constructor(model: Model, sizes: SizeBook, find: FindOperator) {
    this.#model = model
    this.#sizes = sizes
    this.#find = find
  }

  run(): Evaluation {
    const { graph } = this.#model
    const inputs = graph.inputs.map(({ name, type, shape }) => ({
      name,
      tensor: {
        type,
        shape: shape === null ? null : this.#sizes.inputShape(name, shape),
        isInput: true,
      } satisfies Tensor,
    }))
    const scope = new Map<string, Tensor>(inputs.map(({ name, tensor }) => [name, tensor]))
    this.#runGraph(graph, scope, this.#model.versions, new Map(), '')
    const outputs = graph.outputs.map(({ name, tensor }) => ({ name, tensor: scope.get(tensor) ?? UNKNOWN }))
    return { steps: this.#steps, inputs, outputs, generated: this.#generated }
  }

  /** Adds all tensors of a graph to `scope`, which has its inputs and, for a nested graph, all that is around it. */
  #runGraph(
    graph: Graph,
    scope: Map<string, Tensor>,
    versions: ReadonlyMap<string, number>,
    bound: Attributes,
    prefix: string,
  ): void {
    for (const constant of graph.constants) {
      scope.set(constant.name, {
        type: constant.type,
        shape: constant.shape,
        values: constant.values,
        constants: [constant],
      })
    }
    for (const node of graph.nodes) {
      const outputs = this.#runNode(node, graph, scope, versions, bound, prefix)
      for (const [index, name] of node.outputs.entries()) {
        if (name === '') continue
        scope.set(name, outputs[index] ?? UNKNOWN)
      }
    }
  }

  #runNode(
    node: Node,
    graph: Graph,
    scope: ReadonlyMap<string, Tensor>,
    versions: ReadonlyMap<string, number>,
    bound: Attributes,
    prefix: string,
  ): readonly Tensor[] {
    this.#count += 1
    if (this.#count > MOST_STEPS) throw malformed(`it takes more than ${MOST_STEPS} operations to follow it`)
    const inputs = node.inputs.map((name) => (name === '' ? null : (scope.get(name) ?? UNKNOWN)))
    const attributes = substitute(node.attributes, bound)
    const call = new Call(
      node.operator,
      versions.get(node.domain) ?? 1,
      inputs,
      node.outputs.length,
      attributes,
    )
    const name = `${prefix}${node.name || (node.outputs[0] ?? node.operator)}`
    const target = this.#model.functions.get(`${node.domain}:${node.operator}`)
    if (target !== undefined && this.#depth < DEEPEST_CALL)
      return this.#callFunction(target, inputs, withDefaults(attributes, target.defaults), `${name}/`)
    const structured = controlFlow(call, {
      // Names of TensorFlow are whole already.
      run: (body, given) =>
        this.#runBody(body, given, scope, versions, bound, node.domain === 'tf' ? prefix : `${name}/`),
      repeat: (times, work) => this.#repeat(times, work),
      attempt: (work) => this.#attempt(work),
      replay: (steps) => this.#add(steps),
      function: (key) => this.#model.functions.get(key) ?? null,
      depth: this.#depth < DEEPEST_CALL,
    })
    if (structured !== null) {
      const outputs = structured.outputs.map((tensor, index) =>
        this.#sized(tensor, graph.hints.get(node.outputs[index] ?? '')),
      )
      if (structured.isLowerBound) this.#record(name, call, outputs, {}, false, true)
      return outputs
    }
    const operation = this.#find(node.domain, node.operator)
    const isFolded =
      inputs.length > 0 && inputs.every((input) => input === null || input.constants !== undefined)
    if (operation === null) {
      const outputs = node.outputs.map((output) => this.#sized(UNKNOWN, graph.hints.get(output)))
      this.#record(name, call, outputs, {}, true, true)
      return outputs
    }
    const outcome = operation(call)
    const outputs = outcome.outputs.map((tensor, index) => {
      const known = isFolded
        ? this.#folded(tensor, call, name)
        : grown(call, outcome.macs === undefined ? tensor : { ...tensor, isProduct: true })
      return this.#sized(this.#bounded(known), graph.hints.get(node.outputs[index] ?? ''))
    })
    const isConstant = isFolded || outputs.every((tensor) => tensor.constants !== undefined)
    if (!isConstant) this.#record(name, call, outputs, outcome, false, outcome.isLowerBound === true)
    return outputs
  }

  /** Values are looked into only as long as there are few of them. */
  #bounded(tensor: Tensor): Tensor {
    if (!tensor.values) return tensor
    this.#elements += tensor.values.length
    return this.#elements > MOST_ELEMENTS ? { ...tensor, values: null } : tensor
  }

  /** What is computed once, while the model is loaded, is made of its constants. */
  #folded(tensor: Tensor, call: Call, name: string): Tensor {
    if (call.operator === 'ConstantOfShape' && tensor.type !== null && tensor.shape !== null) {
      const made: Constant = { name, type: tensor.type, shape: tensor.shape, values: null, external: null }
      this.#generated.add(made)
      return { ...tensor, constants: [made] }
    }
    const isScaled = call.operator === 'DequantizeLinear' || call.operator === 'QuantizeLinear'
    const sources = isScaled ? call.inputs.slice(0, 1) : call.inputs
    return { ...tensor, constants: sources.flatMap((input) => input?.constants ?? []).slice(0, 64) }
  }

  #callFunction(
    { graph, versions }: GraphFunction,
    inputs: readonly (Tensor | null)[],
    attributes: Attributes,
    prefix: string,
  ): readonly Tensor[] {
    const scope = new Map<string, Tensor>()
    for (const [index, { name }] of graph.inputs.entries()) {
      const given = inputs[index]
      if (given) scope.set(name, given)
    }
    this.#depth += 1
    this.#runGraph(graph, scope, versions.size > 0 ? versions : this.#model.versions, attributes, prefix)
    this.#depth -= 1
    return graph.outputs.map(({ tensor }) => scope.get(tensor) ?? UNKNOWN)
  }

  #runBody(
    body: Body,
    given: readonly Tensor[],
    outer: ReadonlyMap<string, Tensor>,
    versions: ReadonlyMap<string, number>,
    bound: Attributes,
    prefix: string,
  ): readonly Tensor[] {
    if (body.kind === 'function') return this.#callFunction(body.function, given, new Map(), prefix)
    const scope = new Map(outer)
    for (const [index, { name }] of body.graph.inputs.entries()) scope.set(name, given[index] ?? UNKNOWN)
    this.#depth += 1
    this.#runGraph(body.graph, scope, versions, bound, prefix)
    this.#depth -= 1
    return body.graph.outputs.map(({ tensor }) => scope.get(tensor) ?? UNKNOWN)
  }

  #repeat<T>(times: number, work: () => T): T {
    const before = this.#times
    this.#times *= times
    try {
      return work()
    } finally {
      this.#times = before
    }
  }

  /** What `work` would add, without adding it. */
  #attempt<T>(work: () => T): { readonly result: T; readonly steps: readonly Step[] } {
    const before = this.#steps
    this.#steps = []
    try {
      return { result: work(), steps: this.#steps }
    } finally {
      this.#steps = before
    }
  }

  #add(steps: readonly Step[]): void {
    for (const step of steps) this.#steps.push(step)
  }

  #record(
    name: string,
    call: Call,
    outputs: readonly Tensor[],
    { macs = 0, flops = 0 }: Partial<Outcome>,
    isUnknown: boolean,
    isLowerBound: boolean,
  ): void {
    const { operator } = call
    this.#steps.push({
      name,
      operator,
      call,
      outputs,
      macs,
      flops,
      times: this.#times,
      isUnknown,
      isLowerBound,
    })
  }

  /** Sizes that cannot be are not known; those that are not known are what the file says, if it says anything. */
  #sized(tensor: Tensor, hint: TensorType | undefined): Tensor {
    if ((tensor.shape?.length ?? 0) > HIGHEST_RANK) return { ...UNKNOWN, type: tensor.type }
    const { shape } = tensor
    const isFine = shape !== null && shape.every((size) => size >= 0 && Number.isInteger(size))
    if (isFine && tensor.type !== null) return tensor
    const known = shape?.map((size) => (size >= 0 && Number.isInteger(size) ? size : Number.NaN)) ?? null
    const said = hint?.shape?.map((size) => this.#sizes.hint(size)) ?? null
    const filled =
      known === null
        ? said
        : known.map((size, axis) =>
            Number.isNaN(size) && said?.length === known.length ? (said[axis] as number) : size,
          )
    return { ...tensor, type: tensor.type ?? hint?.type ?? null, shape: filled }
  }
}

/** Constants that functions get from whoever calls them. */
function substitute(attributes: Attributes, bound: Attributes): Attributes {
  if (bound.size === 0 && ![...attributes.values()].some(({ kind }) => kind === 'reference'))
    return attributes
  const result = new Map<string, Attribute>()
  for (const [name, attribute] of attributes) {
    const value = attribute.kind === 'reference' ? bound.get(attribute.value) : attribute
    if (value !== undefined) result.set(name, value)
  }
  return result
}

function withDefaults(attributes: Attributes, defaults: Attributes): Attributes {
  return defaults.size === 0 ? attributes : new Map([...defaults, ...attributes])
}

/** Moves that leave a cache a cache. */
const PASSING: ReadonlySet<string> = new Set([
  'Identity',
  'Cast',
  'Gather',
  'Squeeze',
  'Transpose',
  'Split',
  'Slice',
])

/** Follows caches: what comes in as an input of the model, and gets something put behind it. */
function grown(call: Call, tensor: Tensor): Tensor {
  if (PASSING.has(call.operator)) return call.inputs[0]?.isInput ? { ...tensor, isInput: true } : tensor
  if (call.operator !== 'Concat' && call.operator !== 'ConcatV2') return tensor
  const parts = call.inputs.slice(0, 2)
  const isCache =
    parts[0]?.isInput === true && parts[1] && !parts[1].isInput && (tensor.shape?.length ?? 0) > 2
  if (!isCache) return tensor
  const axis = call.operator === 'Concat' ? call.number('axis', 0) : (call.inputs.at(-1)?.values?.[0] ?? 0)
  return { ...tensor, grownAlong: axisOf(axis, tensor.shape?.length ?? 0) }
}
