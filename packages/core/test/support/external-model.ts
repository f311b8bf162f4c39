import { block, number, OnnxGraph, text, TYPE } from './onnx-graph.ts'

/**
 * An ONNX model whose weights, 4 × 8 numbers each, are in other files: x [n, 4] times each of them.
 * @param locations of the files, by the name of the weight
 */
export function externalModel(locations: Readonly<Record<string, string>>): Buffer<ArrayBuffer> {
  const graph = new OnnxGraph()
  const x = graph.input('x', ['n', 4])
  for (const name of Object.keys(locations)) graph.output(graph.node('MatMul', [x, name]))
  const weights = Object.entries(locations).map(([name, location]) =>
    block(
      5,
      Buffer.concat([
        number(1, 4),
        number(1, 8),
        number(2, TYPE.FP32),
        text(8, name),
        block(13, Buffer.concat([text(1, 'location'), text(2, location)])),
        number(14, 1),
      ]),
    ),
  )
  const content = Buffer.concat([graph.graph(), ...weights])
  return Buffer.concat([number(1, 8), block(7, content), block(8, number(2, 17))])
}
