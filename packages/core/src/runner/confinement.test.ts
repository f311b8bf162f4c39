import { execFileSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { afterEach, describe, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../test/support/project.ts'
import { confineCommand } from './confinement.ts'

let project: TemporaryProject | null = null
afterEach(() => {
  project?.[Symbol.dispose]()
  project = null
})

const command = { command: 'echo', args: ['hello', 'world'], env: { A: '1' } }

describe('a confined command', () => {
  it('becomes the server with its limits set, in a control group beside the tool’s own', () => {
    project = temporaryProject({ 'cgroup.controllers': 'cpu memory', 'user/tool/cgroup.procs': '' })
    const limits = { cpus: null, memory: 64 * 1024 * 1024 }
    const confined = confineCommand(command, limits, project.root, '/user/tool')
    const [group] = readdirSync(project.path('user')).filter((name) => name.startsWith('servebench-'))
    const folder = project.path(`user/${group}`)
    expect(readFileSync(`${folder}/memory.max`, 'utf8')).toBe('67108864')
    expect(confined.command).toMatchObject({ command: '/bin/sh', env: { A: '1' } })
    expect(execFileSync(confined.command.command, confined.command.args).toString()).toBe('hello world\n')
    expect(Number(readFileSync(`${folder}/cgroup.procs`, 'utf8'))).toBeGreaterThan(1)
    // Of the real file system only the group itself has to go; here its files are in the way.
    confined.release()
    expect(existsSync(folder)).toBe(true)
  })

  it('is refused where a limit cannot be set', () => {
    project = temporaryProject({})
    const { root } = project
    expect(() => confineCommand(command, { cpus: null, memory: 1 }, root)).toThrow(
      'The limit `memory` is unavailable: this system has no control groups of version 2.',
    )
    project.write({ 'cgroup.controllers': '' })
    expect(() => confineCommand(command, { cpus: null, memory: 1 }, root, '/no/such/group')).toThrow(
      'The limit `memory` is unavailable: no control group can be made',
    )
    const path = process.env['PATH']
    process.env['PATH'] = root
    try {
      expect(() => confineCommand(command, { cpus: '0', memory: null })).toThrow(
        'The limit `cpus` is unavailable: there is no `taskset`',
      )
    } finally {
      process.env['PATH'] = path
    }
  })

  it('runs on the first CPUs where it is said how many', () => {
    const { command: program, args } = confineCommand(command, { cpus: 2, memory: null }).command
    expect([program, ...args]).toEqual(['taskset', '-c', '0-1', 'echo', 'hello', 'world'])
  })

  it('is the command as it is without limits', () => {
    expect(confineCommand(command, { cpus: null, memory: null }).command).toBe(command)
  })
})
