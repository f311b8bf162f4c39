#!/usr/bin/env node
// As everywhere else, 0 means no; the colour library takes any value for a yes.
if (['0', 'false'].includes(process.env.FORCE_COLOR)) process.env.NO_COLOR = '1'
const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 22 || (major === 22 && minor < 22)) {
  console.error(
    `servebench needs Node.js 22.22 or newer, and this is ${process.versions.node}: install a newer one, or run servebench through npm in a project that brings it.`,
  )
  process.exitCode = 2
} else {
  const [{ main }, { guardProcess }] = await Promise.all([
    import('../dist/cli/main.js'),
    import('../dist/cli/process-edges.js'),
  ])
  guardProcess()
  const code = await main(process.argv.slice(2))
  // Streams that are pipes may still hold output; nothing else may keep the process alive.
  process.exitCode = code
  await Promise.all(
    [process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))),
  )
  process.exit(code)
}
