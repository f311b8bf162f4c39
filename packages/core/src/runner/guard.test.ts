import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'guard-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

/** A tool that starts a server (which has a child of its own and ignores SIGTERM), tells the guard, and then does `then`. */
async function startTool(then: string): Promise<{ tool: ReturnType<typeof spawn>; pids: number[] }> {
  const server = join(folder, 'server.mjs')
  writeFileSync(
    server,
    `import { spawn } from 'node:child_process'
     process.on('SIGTERM', () => {})
     const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
     console.log(JSON.stringify([process.pid, child.pid]))
     setInterval(() => {}, 1000)`,
  )
  const tool = join(folder, 'tool.mjs')
  writeFileSync(
    tool,
    `import { Guard } from ${JSON.stringify(new URL('./guard.ts', import.meta.url).href)}
     import { LaunchedProcess } from ${JSON.stringify(new URL('./server-process.ts', import.meta.url).href)}
     const guard = new Guard()
     const server = await LaunchedProcess.start({ command: process.execPath, args: [${JSON.stringify(server)}] }, guard, null)
     while (server.logTail() === '') await new Promise((resolve) => setTimeout(resolve, 10))
     console.log(server.logTail())
     ${then}`,
  )
  const child = spawn(process.execPath, [tool], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [line] = (await once(child.stdout!, 'data')) as [Buffer]
  return { tool: child, pids: JSON.parse(line.toString()) as number[] }
}

function isRunning(pid: number): boolean {
  try {
    // A zombie that nobody has waited for is not running any more.
    return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))
  } catch {
    return false
  }
}

async function gone(pids: readonly number[]): Promise<void> {
  await expect.poll(() => pids.filter(isRunning), { timeout: 8000, interval: 50 }).toEqual([])
}

describe.runIf(process.platform === 'linux')('Guard', () => {
  it('ends a server and its children after kill -9 of the tool', async () => {
    const { tool, pids } = await startTool('setInterval(() => {}, 1000)')
    expect(pids.every(isRunning)).toBe(true)
    tool.kill('SIGKILL')
    await gone(pids)
  })

  it('ends them after a crash', async () => {
    const { pids } = await startTool("throw new Error('crash')")
    await gone(pids)
  })

  it('leaves nothing to do after an orderly stop', async () => {
    const { tool, pids } = await startTool('await server.stop(3e8); guard.close()')
    await once(tool, 'exit')
    await gone(pids)
  })
})
