import type { Operator, Values } from '../evaluate.ts'

type Four = [number, number, number, number]
type Lists = Record<'pads' | 'strides', { ints: [number, number] }>

export const convolve: Operator = ([x, weight, bias], { attributes }, [shape = []]) => {
  const { group } = attributes as Record<'group', { int: number }>
  const { pads, strides } = attributes as unknown as Lists
  const [batch, outputs, height, width] = shape as Four
  const [, channels, inHeight, inWidth] = (x as Values).shape as Four
  const [, perGroup, kernelHeight, kernelWidth] = (weight as Values).shape as Four
  const data = new Float64Array(batch * outputs * height * width)
  let position = 0
  for (let item = 0; item < batch; item++) {
    for (let output = 0; output < outputs; output++) {
      const first = Math.floor(output / (outputs / group.int)) * perGroup
      for (let row = 0; row < height; row++) {
        for (let column = 0; column < width; column++) {
          let sum = (bias as Values | undefined)?.data[output] ?? 0
          for (let channel = 0; channel < perGroup; channel++) {
            for (let ky = 0; ky < kernelHeight; ky++) {
              const y = row * strides.ints[0] - pads.ints[0] + ky
              if (y < 0 || y >= inHeight) continue
              for (let kx = 0; kx < kernelWidth; kx++) {
                const across = column * strides.ints[1] - pads.ints[1] + kx
                if (across < 0 || across >= inWidth) continue
                const from = ((item * channels + first + channel) * inHeight + y) * inWidth + across
                const factor = ((output * perGroup + channel) * kernelHeight + ky) * kernelWidth + kx
                sum += ((x as Values).data[from] as number) * ((weight as Values).data[factor] as number)
              }
            }
          }
          data[position++] = sum
        }
      }
    }
  }
  return [{ shape, data }]
}

/** Every input pixel adds a copy of the kernel to the output. */
export const convolveTransposed: Operator = ([x, weight, bias], { attributes }, [shape = []]) => {
  const { pads, strides } = attributes as unknown as Lists
  const [batch, outputs, height, width] = shape as Four
  const [, channels, inHeight, inWidth] = (x as Values).shape as Four
  const [, , kernelHeight, kernelWidth] = (weight as Values).shape as Four
  const data = new Float64Array(batch * outputs * height * width)
  const pixels = height * width
  if (bias !== undefined)
    data.forEach((_, index) => (data[index] = bias.data[Math.floor(index / pixels) % outputs] as number))
  for (let item = 0; item < batch; item++) {
    for (let channel = 0; channel < channels; channel++) {
      for (let row = 0; row < inHeight; row++) {
        for (let column = 0; column < inWidth; column++) {
          const value = (x as Values).data[
            ((item * channels + channel) * inHeight + row) * inWidth + column
          ] as number
          for (let output = 0; output < outputs; output++) {
            for (let ky = 0; ky < kernelHeight; ky++) {
              const y = row * strides.ints[0] - pads.ints[0] + ky
              if (y < 0 || y >= height) continue
              for (let kx = 0; kx < kernelWidth; kx++) {
                const across = column * strides.ints[1] - pads.ints[1] + kx
                if (across < 0 || across >= width) continue
                const to = ((item * outputs + output) * height + y) * width + across
                const factor = ((channel * outputs + output) * kernelHeight + ky) * kernelWidth + kx
                data[to] = (data[to] as number) + value * ((weight as Values).data[factor] as number)
              }
            }
          }
        }
      }
    }
  }
  return [{ shape, data }]
}
