#!/usr/bin/env node
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 22)) {
  process.stderr.write(
    `servebench-onnx-server needs Node.js 22.22 or later; this is ${process.versions.node}.\n` +
      'Run it with a newer Node.js, for example through npm inside a project that depends on one.\n',
  )
  process.exit(2)
}
await import('../dist/server/main.js')
