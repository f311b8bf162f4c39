/** An HTTP server that behaves as its one variable says, and tells its process id. */
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { createServer } from 'node:http'

const { port, pidFile, die, crashAfter, stubborn, child } = JSON.parse(process.env.PLAIN_SERVER)
if (pidFile) appendFileSync(pidFile, `${process.pid}\n`)
if (die) {
  console.error(die)
  process.exit(3)
}
if (stubborn) process.on('SIGTERM', () => {})
if (child) {
  const { pid } = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' })
  appendFileSync(pidFile, `${pid}\n`)
}
let state = {}
let served = 0
createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8').on('data', (chunk) => (body += chunk))
  request.on('end', () => {
    if (request.url === '/ready') return response.end('yes')
    if (request.url === '/state') {
      state = JSON.parse(body)
      console.log(`state ${body}`)
      return response.end(JSON.stringify(state))
    }
    served += 1
    if (served === crashAfter) {
      console.error('Segmentation fault')
      process.exit(139)
    }
    response.end(JSON.stringify({ pid: process.pid, state, bytes: body.length }))
  })
}).listen(port, '127.0.0.1')
