import type { Attribute, Constant, Graph, GraphFunction, Model, Node, TensorType } from '../graph.ts'
import { PartCount } from '../part-count.ts'
import { malformed } from '../unreadable.ts'
import type { ByteSource } from '../wire/byte-source.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { OUTPUT_NAMES } from './output-names.ts'
import { readShape, readTensor, tensorflowType } from './read-tensor.ts'

type Content = Omit<Model, 'bytes' | 'missing' | 'format'>

/** A node as the file has it. */
interface RawNode {
  readonly name: string
  readonly operator: string
  readonly inputs: readonly string[]
  readonly attributes: ReadonlyMap<string, Attribute>
}

interface RawFunction {
  readonly name: string
  readonly inputs: readonly string[]
  readonly outputs: readonly string[]
  readonly nodes: readonly RawNode[]
  readonly results: ReadonlyMap<string, string>
}

interface RawGraph {
  readonly nodes: RawNode[]
  readonly functions: RawFunction[]
}

interface Signature {
  readonly inputs: readonly (TensorType & { readonly name: string; readonly tensor: string })[]
  readonly outputs: readonly { readonly name: string; readonly tensor: string }[]
}

/**
 * Reads a `SavedModel`: the graph behind its signature. Field numbers are those of saved_model.proto, meta_graph.proto,
 * graph.proto and function.proto. Variables are known by their handles; their values are in other files.
 */
export function readSavedModel(source: ByteSource): Content {
  const parts = new PartCount()
  const reader = new MessageReader(source)
  let found: MetaGraph | null = null
  while (reader.next()) {
    if (reader.field !== 2) continue
    const metaGraph = readMetaGraph(reader.message(), parts)
    if (found === null || (!found.tags.includes('serve') && metaGraph.tags.includes('serve')))
      found = metaGraph
  }
  if (found === null) throw malformed('it has no TensorFlow graph')
  const { graph, signatures, producer } = found
  const signature =
    signatures.get('serving_default') ??
    [...signatures].find(([name]) => !name.startsWith('__'))?.[1] ??
    guessSignature(graph)
  return { ...assemble(graph, signature), producer }
}

/** Reads a frozen `GraphDef`: what nothing else uses is an output. */
export function readGraphDef(source: ByteSource): Content {
  const graph = readGraph(new MessageReader(source), new PartCount())
  return { ...assemble(graph, guessSignature(graph)), producer: null }
}

interface MetaGraph {
  readonly graph: RawGraph
  readonly signatures: ReadonlyMap<string, Signature>
  readonly tags: readonly string[]
  readonly producer: string | null
}

function readMetaGraph(reader: MessageReader, parts: PartCount): MetaGraph {
  const signatures = new Map<string, Signature>()
  const tags: string[] = []
  let graph: RawGraph = { nodes: [], functions: [] }
  let producer: string | null = null
  while (reader.next()) {
    if (reader.field === 1) {
      const info = reader.message()
      while (info.next()) {
        if (info.field === 4) tags.push(info.text())
        else if (info.field === 5) producer = `tensorflow ${info.text()}`
      }
    } else if (reader.field === 2) graph = readGraph(reader.message(), parts)
    else if (reader.field === 5) {
      const { key, value } = readEntry(reader.message())
      if (value !== null) signatures.set(key, readSignature(value, parts))
    }
  }
  return { graph, signatures, tags, producer }
}

function readEntry(reader: MessageReader): { readonly key: string; readonly value: MessageReader | null } {
  let key = ''
  let value: MessageReader | null = null
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) value = reader.message()
  }
  return { key, value }
}

function readSignature(reader: MessageReader, parts: PartCount): Signature {
  const inputs: Signature['inputs'][number][] = []
  const outputs: Signature['outputs'][number][] = []
  while (reader.next()) {
    parts.add()
    if (reader.field !== 1 && reader.field !== 2) continue
    const { key: name, value } = readEntry(reader.message())
    let tensor = ''
    let type: TensorType['type'] = null
    let shape: TensorType['shape'] = null
    while (value?.next()) {
      if (value.field === 1) tensor = graphTensor(value.text())
      else if (value.field === 2) type = tensorflowType(value.integer())
      else if (value.field === 3) shape = readShape(value.message())
    }
    if (reader.field === 1) inputs.push({ name, tensor, type, shape })
    else outputs.push({ name, tensor })
  }
  return { inputs, outputs }
}

function readGraph(reader: MessageReader, parts: PartCount): RawGraph {
  const graph: RawGraph = { nodes: [], functions: [] }
  const variables = new Map<string, Constant>()
  while (reader.next()) {
    if (reader.field === 1) graph.nodes.push(readNode(reader.message(), parts, variables))
    else if (reader.field === 2) {
      const library = reader.message()
      while (library.next())
        if (library.field === 1) graph.functions.push(readFunction(library.message(), parts, variables))
    }
  }
  return graph
}

function readNode(reader: MessageReader, parts: PartCount, variables: Map<string, Constant>): RawNode {
  const inputs: string[] = []
  const attributes = new Map<string, Attribute>()
  let name = ''
  let operator = ''
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) operator = reader.text()
    else if (reader.field === 3) {
      const input = reader.text()
      // `^name` only says what has to be done before.
      if (!input.startsWith('^')) inputs.push(input)
    } else if (reader.field === 5) {
      const { key, value } = readEntry(reader.message())
      const attribute = value && readAttribute(value, name, parts)
      if (attribute) attributes.set(key, attribute)
    }
  }
  const variable = variableOf(name, operator, attributes, variables)
  if (variable !== null) attributes.set('value', { kind: 'constant', value: variable })
  return { name, operator, inputs, attributes }
}

/** Handles of one variable share its name. */
function variableOf(
  node: string,
  operator: string,
  attributes: ReadonlyMap<string, Attribute>,
  variables: Map<string, Constant>,
): Constant | null {
  if (!['VarHandleOp', 'VariableV2', 'Variable'].includes(operator)) return null
  const shared = attributes.get('shared_name')
  const name = shared?.kind === 'text' && shared.value !== '' ? shared.value : node
  const [type, shape] = ['dtype', 'shape'].map((key) => {
    const attribute = attributes.get(key)
    return attribute?.kind === 'types' ? attribute.value[0] : undefined
  })
  const sizes = shape?.shape?.filter((size) => typeof size === 'number')
  if (!type?.type || sizes === undefined || sizes.length !== shape?.shape?.length) return null
  const variable = variables.get(name) ?? {
    name,
    type: type.type,
    shape: sizes,
    values: null,
    external: null,
  }
  variables.set(name, variable)
  return variable
}

const LONGEST_LIST = 65_536

/** An `AttrValue`; `null` for kinds that say nothing about sizes. */
function readAttribute(reader: MessageReader, node: string, parts: PartCount): Attribute | null {
  let found: Attribute | null = null
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) found = readList(reader.message(), parts)
    else if (reader.field === 2) found = { kind: 'text', value: reader.length > 4096 ? '' : reader.text() }
    else if (reader.field === 3 || reader.field === 5) found = { kind: 'number', value: reader.integer() }
    else if (reader.field === 4) found = { kind: 'number', value: reader.real() }
    else if (reader.field === 6)
      found = { kind: 'types', value: [{ type: tensorflowType(reader.integer()), shape: null }] }
    else if (reader.field === 7)
      found = { kind: 'types', value: [{ type: null, shape: readShape(reader.message()) }] }
    else if (reader.field === 8) found = { kind: 'constant', value: readTensor(reader.message(), node) }
    else if (reader.field === 10) {
      const called = reader.message()
      while (called.next()) if (called.field === 1) found = { kind: 'text', value: called.text() }
    }
  }
  return found
}

function readList(reader: MessageReader, parts: PartCount): Attribute {
  const numbers: number[] = []
  const texts: string[] = []
  const types: TensorType[] = []
  while (reader.next()) {
    parts.add()
    if (reader.field === 2) texts.push(reader.length > 4096 ? '' : reader.text())
    else if (reader.field === 3 || reader.field === 5) reader.integers(numbers, LONGEST_LIST)
    else if (reader.field === 4) reader.reals(numbers, 4, LONGEST_LIST)
    else if (reader.field === 7) types.push({ type: null, shape: readShape(reader.message()) })
  }
  if (texts.length > 0) return { kind: 'texts', value: texts }
  return types.length > 0 ? { kind: 'types', value: types } : { kind: 'numbers', value: numbers }
}

function readFunction(
  reader: MessageReader,
  parts: PartCount,
  variables: Map<string, Constant>,
): RawFunction {
  const inputs: string[] = []
  const outputs: string[] = []
  const nodes: RawNode[] = []
  const results = new Map<string, string>()
  let name = ''
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) {
      const signature = reader.message()
      while (signature.next()) {
        if (signature.field === 1) name = signature.text()
        else if (signature.field === 2) inputs.push(readName(signature.message()))
        else if (signature.field === 3) outputs.push(readName(signature.message()))
      }
    } else if (reader.field === 3) nodes.push(readNode(reader.message(), parts, variables))
    else if (reader.field === 4) {
      const entry = reader.message()
      let key = ''
      let value = ''
      while (entry.next()) {
        if (entry.field === 1) key = entry.text()
        else if (entry.field === 2) value = entry.text()
      }
      results.set(key, value)
    }
  }
  return { name, inputs, outputs, nodes, results }
}

function readName(reader: MessageReader): string {
  let name = ''
  while (reader.next()) if (reader.field === 1) name = reader.text()
  return name
}

/** In graphs, `name` is short for `name:0`. */
function graphTensor(input: string): string {
  return input.includes(':') ? input : `${input}:0`
}

/** In functions, tensors are `argument` or `node:output:index`. */
function functionTensor(operators: ReadonlyMap<string, string>, input: string): string {
  const [node = '', output, index] = input.split(':')
  if (output === undefined) return operators.has(node) ? `${node}:0` : node
  if (index === undefined) return input
  const at = OUTPUT_NAMES.get(operators.get(node) ?? '')?.indexOf(output) ?? 0
  return `${node}:${Math.max(0, at) + Number(index)}`
}

function assemble(
  { nodes, functions }: RawGraph,
  signature: Signature,
): Pick<Content, 'graph' | 'functions' | 'versions' | 'properties'> {
  const names = new Map(signature.inputs.map(({ name, tensor }) => [tensor, name]))
  const graph = toGraph(
    nodes,
    (input) => {
      const tensor = graphTensor(input)
      return names.get(tensor) ?? tensor
    },
    signature.inputs,
    signature.outputs.map(({ name, tensor }) => ({ name, tensor: names.get(tensor) ?? tensor })),
  )
  if (graph.nodes.length === 0) throw malformed('nothing leads to the outputs of its signature')
  return { graph, functions: toFunctions(functions), versions: new Map(), properties: {} }
}

function toFunctions(functions: readonly RawFunction[]): Model['functions'] {
  return new Map(
    functions.map(({ name, inputs, outputs, nodes, results }): [string, GraphFunction] => {
      const operators = new Map(nodes.map((node) => [node.name, node.operator]))
      const graph = toGraph(
        nodes,
        (input) => functionTensor(operators, input),
        inputs.map((input) => ({ name: input, type: null, shape: null })),
        outputs.map((output) => ({
          name: output,
          tensor: functionTensor(operators, results.get(output) ?? output),
        })),
      )
      return [`tf:${name}`, { graph, versions: new Map(), defaults: new Map() }]
    }),
  )
}

/** Outputs of all nodes of a graph together: a name of one with a high number must not cost memory. */
const MOST_OUTPUTS = 4_000_000

/** The nodes that outputs depend on, in an order in which each comes after those that it needs. */
function toGraph(
  nodes: readonly RawNode[],
  tensorOf: (input: string) => string,
  inputs: Graph['inputs'],
  outputs: Graph['outputs'],
): Graph {
  const wired = new Map(nodes.map((node) => [node.name, { node, inputs: node.inputs.map(tensorOf) }]))
  const counts = new Map<string, number>()
  const producer = (tensor: string): string => tensor.slice(0, Math.max(0, tensor.lastIndexOf(':')))
  const note = (tensor: string): void => {
    const name = producer(tensor)
    counts.set(name, Math.max(counts.get(name) ?? 1, Number(tensor.slice(name.length + 1)) + 1 || 1))
  }
  for (const { inputs } of wired.values()) inputs.forEach(note)
  for (const { tensor } of outputs) note(tensor)
  const sorted: Node[] = []
  let named = 0
  const hints = new Map<string, TensorType>()
  for (const { node, inputs } of sortNodes(
    wired,
    outputs.map(({ tensor }) => producer(tensor)),
    producer,
  )) {
    const count = counts.get(node.name) ?? 1
    named += count
    if (named > MOST_OUTPUTS) throw malformed(`it names output ${count} of '${node.name}', and many others`)
    const names = Array.from({ length: count }, (_, index) => `${node.name}:${index}`)
    const said = node.attributes.get('_output_shapes')
    if (said?.kind === 'types')
      for (const [index, type] of said.value.entries()) hints.set(`${node.name}:${index}`, type)
    const { name, operator, attributes } = node
    sorted.push({ name, operator, domain: 'tf', inputs, outputs: names, attributes })
  }
  return { inputs, outputs, nodes: sorted, constants: [], hints }
}

interface Wired {
  readonly node: RawNode
  readonly inputs: readonly string[]
}

/** Depth first, without recursion; loops of old graphs are cut where they close. */
function sortNodes(
  nodes: ReadonlyMap<string, Wired>,
  roots: readonly string[],
  producer: (tensor: string) => string,
): readonly Wired[] {
  const sorted: Wired[] = []
  const seen = new Set<string>()
  const open: { readonly name: string; next: number }[] = []
  const enter = (name: string): void => {
    if (seen.has(name) || !nodes.has(name)) return
    seen.add(name)
    open.push({ name, next: 0 })
  }
  for (const root of roots) {
    enter(root)
    for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
      const wired = nodes.get(top.name) as Wired
      const input = wired.inputs[top.next++]
      if (input !== undefined) enter(producer(input))
      else {
        sorted.push(wired)
        open.pop()
      }
    }
  }
  return sorted
}

/** Of a graph without signatures: its placeholders, and what nothing else uses. */
function guessSignature({ nodes }: RawGraph): Signature {
  const used = new Set(
    nodes.flatMap(({ inputs }) => inputs.map((input) => graphTensor(input).replace(/:\d+$/, ''))),
  )
  const inputs = nodes
    .filter(({ operator }) => operator.startsWith('Placeholder'))
    .map(({ name, attributes }) => {
      const [type, shape] = ['dtype', 'shape'].map((key) => attributes.get(key))
      return {
        name,
        tensor: `${name}:0`,
        type: type?.kind === 'types' ? (type.value[0]?.type ?? null) : null,
        shape: shape?.kind === 'types' ? (shape.value[0]?.shape ?? null) : null,
      }
    })
  const outputs = nodes
    .filter(({ name, operator }) => !used.has(name) && !SILENT.has(operator))
    .map(({ name }) => ({ name, tensor: `${name}:0` }))
  return { inputs, outputs }
}

const SILENT: ReadonlySet<string> = new Set(['NoOp', 'Const', 'Placeholder', 'Assert', 'SaveV2', 'RestoreV2'])
