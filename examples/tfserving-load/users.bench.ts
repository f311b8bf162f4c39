import { scenario } from 'servebench'
import { tensors } from 'servebench/inputs'
import { IMAGE, LENGTH, missing, serve, SERVERS, TARGETS, USERS } from './serving.ts'

// What do users feel while there are more and more of them, and what does the encoding of one image cost?
scenario('1 to 150 users', {
  tags: ['users'],
  matrix: { server: SERVERS, protocol: ['REST', 'gRPC'] },
  skip: ({ server }) => missing(server),
  server: ({ server }) => serve(server, { intraOp: 1, interOp: 2 }),
  target: ({ server, protocol }) => TARGETS[server][protocol](),
  input: tensors({ shapes: { input: IMAGE } }),
  load: USERS,
  duration: LENGTH,
})
