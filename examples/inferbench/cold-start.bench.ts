import { scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { FRAMEWORKS, missing, SERVERS, TARGETS } from './servers.ts'

// From nothing to the first answer, by the size of the model.
scenario('cold start', {
  matrix: { framework: FRAMEWORKS, width: isFull ? [64, 512, 2048, 4096] : [64, 2048] },
  skip: ({ framework }) => missing(framework),
  server: ({ framework, width }) => SERVERS[framework](width),
  target: ({ framework }) => TARGETS[framework](),
  input: tensors({ shapes: { input: [1, 256] } }),
  coldStart: { requests: isFull ? 100 : 10, pageCache: 'drop' },
  repeats: isFull ? 9 : 2,
})
