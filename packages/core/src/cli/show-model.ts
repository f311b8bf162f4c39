import pc from 'picocolors'
import type { LayerMetrics, ModelMetrics, ModelTensor } from '../model/measure/measure-model.ts'
import type { DeviceBound, Intensities } from '../report/model-report.ts'
import { printable } from '../report/printable.ts'
import { formatCount, formatNumber, NOTHING } from '../report/quantity.ts'
import { layTable, stackTable, type Table } from '../report/table.ts'
import { wrap } from '../report/text-layout.ts'
import { formatBytes } from '../units/bytes.ts'

export interface ShownModel extends ModelMetrics {
  readonly file: string
  readonly format: string
  readonly producer: string | null
  readonly operatorSet: number | null
  readonly fileBytes: number
  readonly intensity: Intensities
  readonly devices: readonly DeviceBound[]
}

const FORMATS: Readonly<Record<string, string>> = {
  onnx: 'ONNX',
  'saved-model': 'TensorFlow SavedModel',
  'graph-def': 'TensorFlow graph',
}

/** What `servebench model` prints. */
export function showModel(
  model: ShownModel,
  layers: readonly LayerMetrics[] | null,
  { colors, columns }: { readonly colors: boolean; readonly columns: number },
): string {
  const { bold, dim, yellow } = pc.createColors(colors)
  const operations = Object.values(model.operators).reduce((sum, times) => sum + times, 0)
  const head = [
    FORMATS[model.format] ?? model.format,
    ...(model.operatorSet === null ? [] : [`opset ${model.operatorSet}`]),
    ...(model.producer === null ? [] : [printable(model.producer)]),
    `${formatCount(operations)} operations`,
    `${formatBytes(model.fileBytes)} on disk`,
  ]
  const lines = [
    `${bold(printable(model.file))}  ${dim(head.join(' · '))}`,
    '',
    ...facts(model).map(
      ([name, value, note]) => `  ${name.padEnd(18)} ${value}${note === '' ? '' : `  ${dim(note)}`}`,
    ),
    '',
    ...model.devices.flatMap((device) =>
      describeDevice(device).map((line, at) => `  ${at === 0 ? line : dim(line)}`),
    ),
    ...(model.devices.length === 0
      ? [
          dim(
            '  The peaks file has no entry for this machine: --device NAME takes another one, `servebench peaks` tells more.',
          ),
        ]
      : []),
    ...(layers === null ? [] : ['', ...showLayers(layers, columns)]),
    ...(model.notes.length === 0 ? [] : ['']),
    ...model.notes.flatMap((note) =>
      wrap(printable(note), columns - 4).map((line, at) => `${at === 0 ? yellow('  ! ') : '    '}${line}`),
    ),
  ]
  return `${lines.join('\n')}\n`
}

type Fact = readonly [name: string, value: string, note: string]

function facts(model: ShownModel): readonly Fact[] {
  const least = model.isLowerBound ? '≥ ' : ''
  const { article, compulsory, streamed } = model.intensity
  const chosen = Object.entries(model.sizes).map(([name, size]) => `${printable(name)} = ${size}`)
  return [
    ['batch', String(model.batch), chosen.join(', ')],
    ['inputs', describeTensors(model.inputs), formatBytes(model.inputBytes)],
    ['outputs', describeTensors(model.outputs), formatBytes(model.outputBytes)],
    [
      'parameters',
      formatCount(model.parameters),
      model.statistics === 0 ? '' : `and ${formatCount(model.statistics)} running statistics`,
    ],
    [
      'weights',
      formatBytes(model.weightBytes),
      model.touchedWeightBytes < 0.99 * model.weightBytes
        ? `of which an execution reads ${formatBytes(model.touchedWeightBytes)}`
        : '',
    ],
    ['MACs', `${least}${formatScaled(model.macs)}`, `${formatCount(model.macs)}${types(model)}`],
    ['FLOP', `${least}${formatScaled(model.flops)}`, '2 × MACs: matrix products and convolutions'],
    ['element-wise FLOP', `${least}${formatScaled(model.elementwiseFlops)}`, 'everything else, apart'],
    [
      'activations',
      `${least}${formatBytes(model.activationBytes)}`,
      `at most ${formatBytes(model.peakActivationBytes)} at the same time`,
    ],
    ...(model.cache === null
      ? []
      : [
          [
            'key-value cache',
            formatBytes(model.cache.bytes),
            `${formatCount(model.cache.bytesPerToken)} B per token, in ${model.cache.tensors} tensors`,
          ] as const,
        ]),
    [
      'intensity',
      `${formatNumber(compulsory)} FLOP/B`,
      `compulsory; streamed ${formatNumber(streamed)}, article ${formatNumber(article)}`,
    ],
  ]
}

function types({ macsByType, macs }: ShownModel): string {
  const entries = Object.entries(macsByType)
  if (entries.length === 0) return ''
  if (entries.length === 1) return ` in ${entries[0]?.[0]}`
  return ` in ${entries.map(([type, count]) => `${type} ${Math.round((100 * count) / macs)} %`).join(', ')}`
}

const MOST_TENSORS = 4

function describeTensors(tensors: readonly ModelTensor[]): string {
  const shown = tensors.slice(0, MOST_TENSORS).map(({ name, datatype, shape }) => {
    const sizes = shape === null ? '?' : shape.map((size) => size ?? '?').join(', ')
    return `${printable(name)} ${datatype ?? '?'}[${sizes}]`
  })
  const more = tensors.length - shown.length
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`
}

const SCALES: readonly (readonly [from: number, letter: string])[] = [
  [1e15, 'P'],
  [1e12, 'T'],
  [1e9, 'G'],
  [1e6, 'M'],
  [1e3, 'k'],
]

/** `4.09 G`. */
export function formatScaled(value: number): string {
  const [from, letter] = SCALES.find(([from]) => value >= from) ?? [1, '']
  return `${formatNumber(value / from)}${letter === '' ? '' : ` ${letter}`}`
}

function describeDevice({
  device,
  entry,
  type,
  unit,
  peak,
  bandwidth,
  ridge,
  bound,
  inferencesPerSecond,
  source,
}: DeviceBound): readonly string[] {
  const name = device === entry ? printable(entry) : `${printable(device)} (as ${printable(entry)})`
  const most = inferencesPerSecond === null ? NOTHING : formatCount(inferencesPerSecond)
  return [
    `on ${name}: bound by ${bound === 'memory' ? 'memory bandwidth' : 'computing'}, at most ${most} inferences/s`,
    `  ${formatScaled(peak)}FLOP/s ${type} (${unit}, dense), ${formatScaled(bandwidth)}B/s, ridge at ${formatNumber(ridge)} FLOP/B · ${printable(source)}`,
  ]
}

function showLayers(layers: readonly LayerMetrics[], columns: number): readonly string[] {
  const table: Table = {
    columns: [
      { title: 'layer', align: 'left', rank: 0 },
      { title: 'operator', align: 'left', rank: 1 },
      { title: 'output', align: 'left', rank: 2 },
      { title: 'parameters', align: 'right', rank: 1 },
      { title: 'MACs', align: 'right', rank: 0 },
      { title: 'other FLOP', align: 'right', rank: 3 },
      { title: 'activations', align: 'right', rank: 2 },
      { title: 'times', align: 'right', rank: 4 },
    ],
    rows: layers.map((layer) => [
      printable(layer.name),
      printable(layer.operator),
      layer.outputShape === null ? '?' : layer.outputShape.map((size) => size ?? '?').join('×'),
      layer.parameters === 0 ? '' : formatCount(layer.parameters),
      `${layer.isLowerBound ? '≥ ' : ''}${formatCount(layer.macs)}`,
      formatCount(layer.elementwiseFlops),
      formatBytes(layer.activationBytes),
      layer.times === 1 ? '' : formatCount(layer.times),
    ]),
  }
  return layTable(table, columns) ?? stackTable(table, columns)
}
