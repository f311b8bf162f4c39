import { closed, describe, poisson, scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { FRAMEWORKS, missing, SERVERS, TARGETS } from './servers.ts'

const WIDTH = isFull ? 1024 : 256

// The same requests, seen as a whole: a step for each one (ECDF), and where they crowd (KDE).
describe('distributions', { input: tensors({ shapes: { input: [1, 256] } }) }, () => {
  scenario('by load', {
    matrix: { rate: isFull ? [50, 100, 200, 400] : [100, 400, 800] },
    server: SERVERS.onnx(WIDTH),
    target: TARGETS.onnx(),
    load: ({ rate }) => poisson({ rate }),
    duration: isFull ? '60s' : '2s',
  })

  scenario('by framework', {
    matrix: { framework: FRAMEWORKS },
    skip: ({ framework }) => missing(framework),
    server: ({ framework }) => SERVERS[framework](WIDTH),
    target: ({ framework }) => TARGETS[framework](),
    load: closed({ concurrency: 1 }),
    duration: isFull ? '60s' : '2s',
  })
})
