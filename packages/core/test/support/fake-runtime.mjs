// A container runtime with the command line of docker (and of podman), whose containers are programs of this machine.
// Like the real ones, they belong to nobody who started them: their shim goes on when the client is killed.
// Called as: node fake-runtime.mjs STATE RUNTIME …arguments
import { spawn } from 'node:child_process'
import { appendFileSync, closeSync, existsSync, mkdirSync, openSync, readFileSync, readSync } from 'node:fs'
import { readdirSync, lstatSync, readlinkSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'

const [state, runtime, ...argv] = process.argv.slice(2)
const containers = join(state, 'containers')
mkdirSync(containers, { recursive: true })
const DAEMON = runtime === 'docker' ? 'Error response from daemon: ' : 'Error: '
const pause = (ms) => new Promise((wake) => setTimeout(wake, ms))
const readJson = (path, fallback) => {
  try {
    return JSON.parse(readFileSync(path, 'utf8'))
  } catch {
    return fallback
  }
}
const writeJson = (path, value) => {
  writeFileSync(`${path}.${process.pid}`, JSON.stringify(value))
  renameSync(`${path}.${process.pid}`, path)
}
const fail = (code, message) => {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}
const fileOf = (name) => join(containers, `${name}.json`)
const images = () => readJson(join(state, 'images.json'), {})

if (argv[0] !== 'shim') appendFileSync(join(state, 'calls.ndjson'), `${JSON.stringify([runtime, ...argv])}\n`)
if (argv[0] !== '--version' && existsSync(join(state, 'down')))
  fail(1, 'Cannot connect to the Docker daemon at unix:///var/run/docker.sock. Is the docker daemon running?')

const [verb, ...rest] = argv
if (verb === '--version') console.log(`${runtime} version 1`)
else if (verb === 'info') info()
else if (verb === 'image') inspectImage(rest.at(-1))
else if (verb === 'pull') await pull(rest.at(-1))
else if (verb === 'run') await run(rest)
else if (verb === 'shim') await shim(rest[0])
else if (verb === 'ps') list(rest)
else if (verb === 'container') inspectContainers(rest[2] ?? '', rest.slice(3))
else if (verb === 'stop') await end(rest.at(-1), Number(rest[1]))
else if (verb === 'rm') await end(rest.at(-1), 0)
else fail(125, `unknown command: ${runtime} ${verb}\n\nRun '${runtime} --help' for more information`)

function info() {
  if (runtime === 'docker') console.log('28.1.1 ["name=seccomp,profile=builtin","name=cgroupns"]')
  else console.log('5.4.2 false')
}

function inspectImage(name) {
  const image = images()[name]
  if (image === undefined) fail(1, `${DAEMON}No such image: ${name}`)
  console.log(`${image.id} ${JSON.stringify(image.digests ?? [])}`)
}

async function pull(name) {
  const image = readJson(join(state, 'registry.json'), {})[name]
  if (image === undefined)
    fail(1, `${DAEMON}manifest for ${name} not found: manifest unknown: manifest unknown`)
  console.log(`${name.split(':')[1]}: Pulling from ${name.split(':')[0]}`)
  for (const layer of ['aaaaaaaaaaaa', 'bbbbbbbbbbbb']) console.log(`${layer}: Pulling fs layer`)
  console.log('aaaaaaaaaaaa: Pull complete')
  await pause(image.pullTime ?? 0)
  console.log(`bbbbbbbbbbbb: Pull complete\nDigest: sha256:feed\nStatus: Downloaded newer image for ${name}`)
  writeJson(join(state, 'images.json'), { ...images(), [name]: image })
}

async function run(args) {
  const options = { name: '', env: {}, labels: {}, mounts: [], ports: [] }
  let index = 0
  for (; args[index]?.startsWith('-'); index++) {
    const [, name, value] = /^--?([a-z-]+)(?:=([\s\S]*))?$/.exec(args[index]) ?? []
    const [key, ...text] = (value ?? '').split('=')
    if (name === 'env') {
      const given = text.length === 0 ? process.env[key] : text.join('=')
      if (given !== undefined) options.env[key] = given
    } else if (name === 'label') options.labels[key] = text.join('=')
    else if (name === 'mount') options.mounts.push(readMount(value))
    else if (name === 'publish') options.ports.push(value.split(':'))
    else if (['name', 'entrypoint', 'workdir', 'network', 'pull', 'log-driver'].includes(name))
      options[name] = value
    else if (
      !/^(rm|init|user|cpus|cpuset-cpus|memory|memory-swap|gpus|device|security-opt|shm-size|ulimit)$/.test(
        name,
      )
    )
      fail(
        125,
        `unknown flag: --${name}\n\nUsage:  ${runtime} run [OPTIONS] IMAGE [COMMAND] [ARG...]\n\nRun '${runtime} run --help' for more information`,
      )
    if (name === 'gpus')
      fail(125, `${runtime}: ${DAEMON}could not select device driver "" with capabilities: [[gpu]]`)
  }
  const image = images()[args[index]]
  if (image === undefined) fail(125, `${runtime}: ${DAEMON}No such image: ${args[index]}`)
  const words = [
    ...(options.entrypoint ? [options.entrypoint] : (image.entrypoint ?? [])),
    ...args.slice(index + 1),
  ]
  for (const source of options.mounts.map((mount) => String(mount.source)))
    if (!existsSync(source))
      fail(
        125,
        `${runtime}: ${DAEMON}invalid mount config for type "bind": bind source path does not exist: ${source}`,
      )
  for (const [host = '', port = ''] of options.ports)
    if (!(await isFree(host, Number(port))))
      fail(
        125,
        `${runtime}: ${DAEMON}failed to set up container networking: driver failed programming external connectivity on endpoint ${options.name}: Bind for ${host}:${port} failed: port is already allocated`,
      )
  const program = image.programs?.[words[0]]
  if (program === undefined)
    fail(
      127,
      `${runtime}: ${DAEMON}failed to create task for container: exec: "${words[0]}": executable file not found in $PATH: unknown`,
    )
  const { name } = options
  writeJson(fileOf(name), {
    ...options,
    image: args[index],
    status: 'created',
    pid: 0,
    command: [...program, ...words.slice(1)],
    given: words.slice(1),
  })
  const own = [fileURLToPath(import.meta.url), state, runtime, 'shim', name]
  spawn(process.execPath, own, { detached: true, stdio: 'ignore', env: { PATH: process.env.PATH } }).unref()
  await attach(name)
}

/** Shows the container's log until it has ended; passes signals on. */
async function attach(name) {
  for (const signal of ['SIGTERM', 'SIGINT'])
    process.on(signal, () => {
      const { pid } = readJson(fileOf(name), { pid: 0 })
      if (pid > 0) process.kill(pid, signal)
    })
  const exit = join(containers, `${name}.exit`)
  const log = join(containers, `${name}.log`)
  let shown = 0
  const show = () => {
    if (!existsSync(log)) return
    const file = openSync(log, 'r')
    const buffer = Buffer.alloc(65536)
    for (
      let count = readSync(file, buffer, 0, 65536, shown);
      count > 0;
      count = readSync(file, buffer, 0, 65536, shown)
    ) {
      process.stdout.write(buffer.subarray(0, count))
      shown += count
    }
    closeSync(file)
  }
  while (!existsSync(exit)) {
    show()
    await pause(10)
  }
  show()
  process.exitCode = Number(readFileSync(exit, 'utf8'))
  process.exit()
}

/** The life of a container. */
async function shim(name) {
  const container = readJson(fileOf(name), null)
  const { command, given, env, ports, mounts, workdir } = container
  const log = openSync(join(containers, `${name}.log`), 'a')
  const finish = (code) => {
    writeFileSync(join(containers, `${name}.draft`), String(code))
    renameSync(join(containers, `${name}.draft`), join(containers, `${name}.exit`))
    rmSync(fileOf(name), { force: true })
    process.exit(0)
  }
  const hidden = findHidden([...given, ...Object.values(env), workdir ?? ''], mounts)
  if (hidden !== null) {
    appendFileSync(log, `fake runtime: ${hidden} cannot be seen in the container\n`)
    finish(1)
  }
  // There is only one network here: a port inside is another one outside, and the program is told which.
  const real = {}
  for (const [host, outside, inside] of ports) {
    if (outside === inside) continue
    real[inside] = String(await freePort())
    createServer((socket) => {
      const server = connect(Number(real[inside]), '127.0.0.1')
      socket.pipe(server).pipe(socket)
      for (const end of [socket, server])
        end.on('error', () => [socket, server].map((each) => each.destroy()))
    }).listen(Number(outside), host)
  }
  const options = {
    detached: true,
    stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, FAKE_PORTS: JSON.stringify(real), ...env },
  }
  const words = command.map((word) => real[word] ?? word)
  const program = spawn(words[0], words.slice(1), { ...options, ...(workdir ? { cwd: workdir } : {}) })
  writeJson(fileOf(name), { ...container, status: 'running', pid: program.pid })
  program.on('exit', (code, signal) => finish(code ?? { SIGKILL: 137, SIGTERM: 143 }[signal] ?? 1))
}

/** A path in the command, or behind a link in what is mounted, that is no part of what is mounted. */
function findHidden(texts, mounts) {
  const sees = (path) => mounts.some(({ target }) => path === target || path.startsWith(`${target}/`))
  for (const text of texts)
    for (const [path] of text.matchAll(/\/[^\s:=,'"]+/g))
      if (existsSync(path) && path !== '/tmp' && !path.startsWith('/dev/') && !sees(path)) return path
  const look = (path) => {
    const entry = lstatSync(path)
    if (entry.isSymbolicLink()) {
      const target = resolve(dirname(path), readlinkSync(path))
      return sees(target) ? null : target
    }
    if (!entry.isDirectory()) return null
    for (const name of readdirSync(path)) {
      const hidden = look(join(path, name))
      if (hidden !== null) return hidden
    }
    return null
  }
  for (const { source } of mounts) {
    const hidden = look(source)
    if (hidden !== null) return hidden
  }
  return null
}

function list(args) {
  const [, wanted] = /^label=(.*)$/.exec(args.find((each) => each.startsWith('label=')) ?? '') ?? []
  for (const name of names())
    if (wanted === undefined || wanted in (readJson(fileOf(name), { labels: {} }).labels ?? {}))
      console.log(name)
}

function names() {
  return readdirSync(containers).flatMap((file) => (file.endsWith('.json') ? [file.slice(0, -5)] : []))
}

function inspectContainers(format, wanted) {
  for (const name of wanted) {
    const container = readJson(fileOf(name), null)
    if (container === null) fail(1, `${DAEMON}No such container: ${name}`)
    const { status, pid, image, labels } = container
    // The two formats that are asked for.
    if (format.includes('.State.')) console.log(`${status} ${pid}`)
    else {
      const label = (text) => labels[text] ?? '<no value>'
      console.log([`/${name}`, image, label('servebench.owner'), label('servebench.host')].join(' '))
    }
  }
}

async function end(name, seconds) {
  const { pid = 0 } = readJson(fileOf(name), {})
  if (!existsSync(fileOf(name))) fail(1, `${DAEMON}No such container: ${name}`)
  const signal = (which) => {
    try {
      if (pid > 0) process.kill(-pid, which)
    } catch {
      // It has ended.
    }
  }
  // To remove is to kill, to stop is to ask first.
  if (seconds > 0) signal('SIGTERM')
  const deadline = Date.now() + seconds * 1000
  while (existsSync(fileOf(name)) && Date.now() < deadline) await pause(10)
  for (let turn = 0; existsSync(fileOf(name)) && turn < 500; turn++) {
    signal('SIGKILL')
    await pause(10)
  }
  console.log(name)
}

async function freePort() {
  const server = createServer()
  return new Promise((settle) => {
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => settle(port))
    })
  })
}

async function isFree(host, port) {
  const server = createServer()
  return new Promise((settle) => {
    server.once('error', () => settle(false))
    server.listen(port, host, () => server.close(() => settle(true)))
  })
}

function readMount(text) {
  const fields = text
    .match(/"(?:[^"]|"")*"|[^,]+/g)
    .map((field) => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field))
  const mount = Object.fromEntries(
    fields.map((field) => [field.split('=')[0], field.split('=').slice(1).join('=')]),
  )
  return { source: mount.source, target: mount.target, readOnly: 'readonly' in mount }
}
