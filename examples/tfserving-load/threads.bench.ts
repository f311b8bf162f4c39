import { availableParallelism } from 'node:os'
import { scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { isFull } from './form.ts'
import { IMAGE, LENGTH, missing, serve, SERVERS, TARGETS, USERS } from './serving.ts'

// The article keeps as many threads for an operation as there are cores, and varies those between operations.
scenario('threads', {
  tags: ['threads'],
  matrix: { server: SERVERS, intraOp: [1, availableParallelism()], interOp: isFull ? [2, 4, 8] : [1, 2] },
  skip: ({ server }) => missing(server),
  server: ({ server, intraOp, interOp }) => serve(server, { intraOp, interOp }),
  target: ({ server }) => TARGETS[server].gRPC(),
  input: tensors({ shapes: { input: IMAGE } }),
  load: USERS,
  duration: LENGTH,
})
