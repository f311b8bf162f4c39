import type { Attribute, Constant, Graph, GraphFunction, Model, Node, TensorType } from '../graph.ts'
import { PartCount } from '../part-count.ts'
import { malformed } from '../unreadable.ts'
import type { ByteSource } from '../wire/byte-source.ts'
import { MessageReader } from '../wire/message-reader.ts'
import { elementType, readTensor } from './read-tensor.ts'

type Content = Omit<Model, 'bytes' | 'missing' | 'format'>

/** Reads a `ModelProto`; field numbers are those of onnx.proto3. Weights are skipped. */
export function readOnnx(source: ByteSource): Content {
  const parts = new PartCount()
  const reader = new MessageReader(source)
  const functions = new Map<string, GraphFunction>()
  const versions = new Map<string, number>()
  const properties: Record<string, string> = {}
  let irVersion = 0
  let producer = ''
  let graph: Graph | null = null
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) irVersion = reader.integer()
    else if (reader.field === 2 && reader.isDelimited) producer = reader.text()
    else if (reader.field === 3 && reader.isDelimited) producer = `${producer} ${reader.text()}`.trim()
    else if (reader.field === 7) graph = readGraph(reader.message(), parts)
    else if (reader.field === 8) readVersion(reader.message(), versions)
    else if (reader.field === 14) readProperty(reader.message(), properties)
    else if (reader.field === 25) readFunction(reader.message(), functions, parts)
  }
  if (graph === null || irVersion < 1) throw malformed('it has no ONNX graph')
  if (graph.nodes.length === 0) throw malformed('its graph has no operations')
  return { graph, functions, versions, properties, producer: producer === '' ? null : producer }
}

function readGraph(reader: MessageReader, parts: PartCount): Graph {
  const nodes: Node[] = []
  const constants: Constant[] = []
  const inputs: Graph['inputs'][number][] = []
  const outputs: Graph['outputs'][number][] = []
  const hints = new Map<string, TensorType>()
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) nodes.push(readNode(reader.message(), parts))
    else if (reader.field === 5) constants.push(readTensor(reader.message()))
    else if (reader.field === 11) inputs.push(readValueInfo(reader.message(), parts))
    else if (reader.field === 12) {
      const { name, type, shape } = readValueInfo(reader.message(), parts)
      outputs.push({ name, tensor: name })
      hints.set(name, { type, shape })
    } else if (reader.field === 13) {
      const { name, type, shape } = readValueInfo(reader.message(), parts)
      hints.set(name, { type, shape })
    } else if (reader.field === 15) constants.push(readSparseTensor(reader.message()))
  }
  const held = new Set(constants.map(({ name }) => name))
  // Old files list their weights among the inputs as well.
  return { nodes, constants, outputs, hints, inputs: inputs.filter(({ name }) => !held.has(name)) }
}

function readNode(reader: MessageReader, parts: PartCount): Node {
  const inputs: string[] = []
  const outputs: string[] = []
  const attributes = new Map<string, Attribute>()
  let name = ''
  let operator = ''
  let domain = ''
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) inputs.push(reader.text())
    else if (reader.field === 2) outputs.push(reader.text())
    else if (reader.field === 3) name = reader.text()
    else if (reader.field === 4) operator = reader.text()
    else if (reader.field === 5) readAttribute(reader.message(), attributes, parts)
    else if (reader.field === 7) domain = reader.text()
  }
  return { name, operator, domain: domain === 'ai.onnx' ? '' : domain, inputs, outputs, attributes }
}

/** More than any list of an attribute that matters; the rest is not kept. */
const LONGEST_LIST = 65_536

function readAttribute(reader: MessageReader, into: Map<string, Attribute>, parts: PartCount): void {
  const numbers: number[] = []
  const texts: string[] = []
  const types: TensorType[] = []
  let name = ''
  let single: Attribute | null = null
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) single = { kind: 'number', value: reader.real() }
    else if (reader.field === 3) single = { kind: 'number', value: reader.integer() }
    else if (reader.field === 4) single = { kind: 'text', value: reader.length > 4096 ? '' : reader.text() }
    else if (reader.field === 5) single = { kind: 'constant', value: readTensor(reader.message()) }
    else if (reader.field === 6) single = { kind: 'graph', value: readGraph(reader.message(), parts) }
    else if (reader.field === 7) reader.reals(numbers, 4, LONGEST_LIST)
    else if (reader.field === 8) reader.integers(numbers, LONGEST_LIST)
    else if (reader.field === 9) texts.push(reader.length > 4096 ? '' : reader.text())
    else if (reader.field === 14) types.push(readType(reader.message(), parts))
    else if (reader.field === 21 && reader.length > 0) single = { kind: 'reference', value: reader.text() }
    else if (reader.field === 22) single = { kind: 'constant', value: readSparseTensor(reader.message()) }
  }
  into.set(
    name,
    single ??
      (texts.length > 0
        ? { kind: 'texts', value: texts }
        : types.length > 0
          ? { kind: 'types', value: types }
          : { kind: 'numbers', value: numbers }),
  )
}

function readValueInfo(reader: MessageReader, parts: PartCount): TensorType & { readonly name: string } {
  let name = ''
  let type: TensorType = { type: null, shape: null }
  while (reader.next()) {
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 2) type = readType(reader.message(), parts)
  }
  return { name, ...type }
}

/** Of a `TypeProto`, tensors only: sequences, maps and optional values have no size. */
function readType(reader: MessageReader, parts: PartCount): TensorType {
  let found: TensorType = { type: null, shape: null }
  while (reader.next()) {
    if (reader.field !== 1) continue
    const tensor = reader.message()
    while (tensor.next()) {
      parts.add()
      if (tensor.field === 1) found = { ...found, type: elementType(tensor.integer()) }
      else if (tensor.field === 2) found = { ...found, shape: readShape(tensor.message(), parts) }
    }
  }
  return found
}

function readShape(reader: MessageReader, parts: PartCount): TensorType['shape'] {
  const shape: (number | string | null)[] = []
  while (reader.next()) {
    parts.add()
    if (reader.field !== 1) continue
    const dimension = reader.message()
    let size: number | string | null = null
    while (dimension.next()) {
      if (dimension.field === 1) size = dimension.integer()
      else if (dimension.field === 2) size = dimension.text()
    }
    // Some exporters write −1 for what is not known.
    shape.push(size === '' || (typeof size === 'number' && size < 0) ? null : size)
  }
  return shape
}

function readSparseTensor(reader: MessageReader): Constant {
  let values: Constant | null = null
  const shape: number[] = []
  while (reader.next()) {
    if (reader.field === 1) values = readTensor(reader.message())
    else if (reader.field === 3) reader.integers(shape, 64)
  }
  if (values === null) throw malformed('a sparse constant has no values')
  return { ...values, shape, values: null }
}

function readVersion(reader: MessageReader, into: Map<string, number>): void {
  let domain = ''
  let version = 0
  while (reader.next()) {
    if (reader.field === 1) domain = reader.text()
    else if (reader.field === 2) version = reader.integer()
  }
  into.set(domain === 'ai.onnx' ? '' : domain, version)
}

function readProperty(reader: MessageReader, into: Record<string, string>): void {
  let key = ''
  let value = ''
  while (reader.next()) {
    if (reader.field === 1) key = reader.text()
    else if (reader.field === 2) value = reader.length > 4096 ? '' : reader.text()
  }
  if (key !== '' && key !== '__proto__') into[key] = value
}

function readFunction(reader: MessageReader, into: Map<string, GraphFunction>, parts: PartCount): void {
  const inputs: Graph['inputs'][number][] = []
  const outputs: Graph['outputs'][number][] = []
  const nodes: Node[] = []
  const versions = new Map<string, number>()
  const defaults = new Map<string, Attribute>()
  let name = ''
  let domain = ''
  while (reader.next()) {
    parts.add()
    if (reader.field === 1) name = reader.text()
    else if (reader.field === 4) inputs.push({ name: reader.text(), type: null, shape: null })
    else if (reader.field === 5) {
      const output = reader.text()
      outputs.push({ name: output, tensor: output })
    } else if (reader.field === 7) nodes.push(readNode(reader.message(), parts))
    else if (reader.field === 9) readVersion(reader.message(), versions)
    else if (reader.field === 10) domain = reader.text()
    else if (reader.field === 11) readAttribute(reader.message(), defaults, parts)
  }
  into.set(`${domain}:${name}`, {
    graph: { inputs, outputs, nodes, constants: [], hints: new Map() },
    versions,
    defaults,
  })
}
