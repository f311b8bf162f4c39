import type { Graph, GraphFunction } from '../graph.ts'
import type { Call } from '../operators/call.ts'
import { UNKNOWN, type Tensor } from '../operators/tensor.ts'
import type { Step } from './evaluate.ts'

export type Body =
  | { readonly kind: 'graph'; readonly graph: Graph }
  | { readonly kind: 'function'; readonly function: GraphFunction }

/** What following a branch or a loop takes. */
export interface Follower {
  run(body: Body, given: readonly Tensor[]): readonly Tensor[]
  repeat<T>(times: number, work: () => T): T
  attempt<T>(work: () => T): { readonly result: T; readonly steps: readonly Step[] }
  replay(steps: readonly Step[]): void
  function(key: string): GraphFunction | null
  /** Whether there may be another level. */
  readonly depth: boolean
}

export interface Followed {
  readonly outputs: readonly Tensor[]
  /** The data decides what runs, or how often: the least is counted. */
  readonly isLowerBound: boolean
}

/** Follows operations that run other graphs; `null` for those that do not. */
export function controlFlow(call: Call, follow: Follower): Followed | null {
  const flow = FLOWS.get(call.operator)
  if (flow === undefined || !follow.depth) return null
  return flow(call, follow)
}

type Flow = (call: Call, follow: Follower) => Followed | null

function bodyOf(call: Call, name: string, follow: Follower): Body | null {
  const attribute = call.attribute(name)
  if (attribute?.kind === 'graph') return { kind: 'graph', graph: attribute.value }
  const called = attribute?.kind === 'text' ? follow.function(`tf:${attribute.value}`) : null
  return called === null ? null : { kind: 'function', function: called }
}

/** Of a condition that is not known: the branch with less work, and what both have in common. */
const branch =
  (yes: string, no: string, passed: (call: Call) => readonly Tensor[]): Flow =>
  (call, follow) => {
    const [then, otherwise] = [bodyOf(call, yes, follow), bodyOf(call, no, follow)]
    if (then === null || otherwise === null) return null
    const bodies = [then, otherwise] as const
    const given = passed(call)
    const condition = call.values(0)?.[0] ?? Number.NaN
    if (!Number.isNaN(condition))
      return { outputs: follow.run(bodies[condition === 0 ? 1 : 0], given), isLowerBound: false }
    const [first, second] = bodies.map((body) => follow.attempt(() => follow.run(body, given))) as [
      Attempt,
      Attempt,
    ]
    follow.replay(workOf(first.steps) <= workOf(second.steps) ? first.steps : second.steps)
    return {
      outputs: first.result.map((tensor, index) => common(tensor, second.result[index] ?? UNKNOWN)),
      isLowerBound: true,
    }
  }

interface Attempt {
  readonly result: readonly Tensor[]
  readonly steps: readonly Step[]
}

function workOf(steps: readonly Step[]): number {
  return steps.reduce((sum, { macs, flops, times }) => sum + ((2 * macs || 0) + (flops || 0)) * times, 0)
}

/** What holds for both. */
function common(a: Tensor, b: Tensor): Tensor {
  const isAlike = a.shape !== null && b.shape !== null && a.shape.length === b.shape.length
  return {
    type: a.type ?? b.type,
    shape: isAlike
      ? (a.shape as number[]).map((size, axis) => (size === b.shape?.[axis] ? size : Number.NaN))
      : null,
  }
}

/** What holds in every round but perhaps the first, which may begin with a size that is not known yet. */
function later(first: Tensor, next: Tensor): Tensor {
  const begun = first.shape?.map((size, axis) => (Number.isNaN(size) ? (next.shape?.[axis] ?? size) : size))
  return common({ type: first.type, shape: begun ?? next.shape }, next)
}

/** Values change from round to round: what stays are sizes, and constants that each round passes on. */
function settle(body: Body, given: readonly Tensor[], from: number, follow: Follower): readonly Tensor[] {
  const carried = given.map(({ type, shape, constants }): Tensor => ({
    type,
    shape,
    ...(constants === undefined ? {} : { constants }),
  }))
  const { result } = follow.attempt(() => follow.run(body, carried))
  return carried.map((tensor, index) => {
    const next = result[index + from] ?? tensor
    const isSame = tensor.constants?.every((constant, at) => next.constants?.[at] === constant) === true
    return isSame && next.constants?.length === tensor.constants?.length
      ? (given[index] as Tensor)
      : later(tensor, next)
  })
}

/** ONNX: (trip count, condition, carried…) → (carried…, one entry per round…). */
const loop: Flow = (call, follow) => {
  const body = bodyOf(call, 'body', follow)
  if (body?.kind !== 'graph') return null
  const trips = call.has(0) ? (call.values(0)?.[0] ?? Number.NaN) : Number.NaN
  const carriedCount = Math.max(0, body.graph.inputs.length - 2)
  const given = Array.from({ length: carriedCount }, (_, index) => call.input(index + 2))
  const head: Tensor[] = [
    { type: 'INT64', shape: [] },
    { type: 'BOOL', shape: [] },
  ]
  const lead = body.graph.outputs[0]?.tensor
  const goesOn = lead === body.graph.inputs[1]?.name || isTrue(body.graph, lead)
  const isCounted = !Number.isNaN(trips) && trips < 1e9 && goesOn
  const shapes = settle(
    {
      kind: 'graph',
      graph: { ...body.graph, outputs: body.graph.outputs.slice(1, 1 + carriedCount) },
    },
    [...head, ...given],
    -2,
    follow,
  ).slice(2)
  const results = follow.repeat(isCounted ? trips : 1, () => follow.run(body, [...head, ...shapes]))
  const stacked = results.slice(1 + carriedCount).map(({ type, shape }) => ({
    type,
    shape: shape === null ? null : [isCounted ? trips : Number.NaN, ...shape],
  }))
  return { outputs: [...shapes, ...stacked], isLowerBound: !isCounted }
}

/** Whether a graph says "go on" whatever happens: a constant, or a copy of one. */
function isTrue(graph: Graph, name: string | undefined): boolean {
  const held = graph.constants.find((constant) => constant.name === name)
  if (held !== undefined) return held.values?.[0] === 1
  const node = graph.nodes.find(({ outputs }) => outputs[0] === name)
  if (node === undefined) return false
  if (node.operator === 'Constant') {
    const value = node.attributes.get('value')
    return value?.kind === 'constant' && value.value.values?.[0] === 1
  }
  if (node.operator !== 'Identity' && node.operator !== 'Cast') return false
  const from = node.inputs[0]
  return from === graph.inputs[1]?.name || (from !== name && isTrue(graph, from))
}

/** As often as the scanned inputs are long. */
const scan: Flow = (call, follow) => {
  const body = bodyOf(call, 'body', follow)
  const scanned = call.number('num_scan_inputs', 0)
  // Before version 9 there was a batch in front.
  if (body?.kind !== 'graph' || scanned < 1 || call.version < 9) return null
  const states = call.inputs.length - scanned
  const axes = call.numbers('scan_input_axes')
  const given = call.inputs.map((tensor, index) => {
    const { type, shape } = tensor ?? UNKNOWN
    if (index < states || shape === null) return { type, shape }
    const axis = axes?.[index - states] ?? 0
    return { type, shape: shape.toSpliced(axis, 1) }
  })
  const length = call.shape(states)?.[axes?.[0] ?? 0] ?? Number.NaN
  const results = follow.repeat(Number.isNaN(length) ? 1 : length, () => follow.run(body, given))
  return {
    outputs: results.map(({ type, shape }, index) => ({
      type,
      shape: index < states || shape === null ? shape : [length, ...shape],
    })),
    isLowerBound: Number.isNaN(length),
  }
}

/** TensorFlow: the condition and the body are functions. */
const whileLoop: Flow = (call, follow) => {
  const [condition, body] = [bodyOf(call, 'cond', follow), bodyOf(call, 'body', follow)]
  if (condition === null || body === null) return null
  const given = call.inputs.map((tensor) => tensor ?? UNKNOWN)
  const rounds = countRounds(condition, body, given, follow)
  const shapes = settle(body, given, 0, follow)
  follow.repeat(rounds ?? 1, () => follow.run(condition, shapes))
  follow.repeat(rounds ?? 1, () => follow.run(body, shapes))
  return { outputs: shapes, isLowerBound: rounds === null }
}

const MOST_ROUNDS = 100_000

/**
 * How often a loop runs whose condition depends on counters alone: two rounds show by how much each grows; then the
 * condition is asked until it is false. `null` where it depends on more.
 */
function countRounds(condition: Body, body: Body, given: readonly Tensor[], follow: Follower): number | null {
  const next = (tensors: readonly Tensor[]): readonly Tensor[] =>
    follow.attempt(() => follow.run(body, tensors)).result
  const once = next(given)
  const twice = next(once)
  const counters = given.map((tensor, index) => {
    const [from, then, later] = [tensor, once[index], twice[index]].map(
      (value) => value?.values?.[0] ?? Number.NaN,
    )
    const step = (then as number) - (from as number)
    return tensor.values?.length === 1 && step === (later as number) - (then as number)
      ? { from: from as number, step }
      : null
  })
  for (let round = 0; round <= MOST_ROUNDS; round++) {
    const at = given.map(({ type, shape, constants }, index): Tensor => {
      const counter = counters[index]
      if (!counter) return { type, shape, ...(constants === undefined ? {} : { constants }) }
      return { type, shape, values: [counter.from + round * counter.step] }
    })
    const answer = follow.attempt(() => follow.run(condition, at)).result[0]?.values?.[0] ?? Number.NaN
    if (Number.isNaN(answer)) return null
    if (answer === 0) return round
  }
  return null
}

const partitionedCall: Flow = (call, follow) => {
  const body = bodyOf(call, 'f', follow)
  if (body === null) return null
  return {
    outputs: follow.run(
      body,
      call.inputs.map((tensor) => tensor ?? UNKNOWN),
    ),
    isLowerBound: false,
  }
}

const tensorflowIf = branch('then_branch', 'else_branch', (call) =>
  call.inputs.slice(1).map((tensor) => tensor ?? UNKNOWN),
)

const FLOWS: ReadonlyMap<string, Flow> = new Map(
  Object.entries<Flow>({
    If: (call, follow) =>
      call.attribute('then_branch')?.kind === 'graph'
        ? branch('then_branch', 'else_branch', () => [])(call, follow)
        : tensorflowIf(call, follow),
    StatelessIf: tensorflowIf,
    Loop: loop,
    Scan: scan,
    While: whileLoop,
    StatelessWhile: whileLoop,
    PartitionedCall: partitionedCall,
    StatefulPartitionedCall: partitionedCall,
  }),
)
