import { fillBytes } from '../../plugin.ts'
import type { SampleSource } from '../../session.ts'
import type { BytesOptions } from './bytes.ts'
import { createGenerator, readGenerator } from './generator.ts'
import { OptionReader } from './option-reader.ts'

const FILLS = { zeros: [0, 0], ones: [0xff, 0xff], 'alternating-bits': [0x55, 0xaa], empty: [0, 0] } as const

export function bytesSource(options: BytesOptions): SampleSource {
  const reader = new OptionReader('bytes', options)
  const size = reader.read('size')
  const [least = 1, most = least] = (Array.isArray(size) ? (size as unknown[]) : [size]).map((one) =>
    reader.size('size', one),
  )
  if (most < least) reader.report('size', 'must be a size, or two of which the first is not the larger one.')
  const type = reader.text('type')
  const compressible = reader.number('compressible', 0, { least: 0, most: 1 })
  const batch = reader.whole('batch', 1)
  const generator = readGenerator(reader, ['zeros', 'ones', 'alternating-bits', 'empty'], { batch })
  reader.done()
  const { values } = generator
  const facts = type === undefined ? {} : { type }
  const isConstant = values === 'empty' || (values !== 'random' && least === most)
  return createGenerator(isConstant ? { ...generator, distinct: 1 } : generator, (random) => {
    const length = values === 'empty' ? 0 : batch * (least + random.int(most - least + 1))
    const bytes = new Uint8Array(length)
    if (values === 'random') fillBytes(bytes.subarray(0, Math.round(length * (1 - compressible))), random)
    else {
      const [even, odd] = FILLS[values]
      bytes.fill(even)
      if (odd !== even) for (let index = 1; index < length; index += 2) bytes[index] = odd
    }
    return { bytes, ...facts }
  })
}
