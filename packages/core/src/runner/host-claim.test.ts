import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { temporaryProject } from '../../test/support/project.ts'
import { claimHost } from './host-claim.ts'
import { startTimeOf } from './proc.ts'

const own = `${process.pid}.json`

describe('claimHost', () => {
  it('shows itself to others while it lives, and nothing afterwards', () => {
    using project = temporaryProject()
    const folder = project.path('runs')
    {
      using claim = claimHost('/my/project', folder)
      expect(readdirSync(folder)).toEqual([own])
      // A run does not disturb itself.
      expect(claim.others()).toEqual([])
    }
    expect(readdirSync(folder)).toEqual([])
  })

  it('sees another process that runs, and takes one that does not away', async () => {
    using project = temporaryProject()
    const folder = project.path('runs')
    mkdirSync(folder)
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'ignore' })
    const pid = other.pid as number
    const started = startTimeOf(pid)
    writeFileSync(`${folder}/${pid}.json`, JSON.stringify({ pid, started, root: '/their/project' }))
    writeFileSync(`${folder}/4194301.json`, JSON.stringify({ pid: 4194301, started: '1', root: '/gone' }))
    using claim = claimHost('/my/project', folder)
    expect(claim.others()).toEqual([{ pid, root: '/their/project' }])
    expect(readdirSync(folder).sort()).toEqual([`${pid}.json`, own].sort())
    other.kill('SIGKILL')
    await once(other, 'exit')
    expect(claim.others()).toEqual([])
    expect(readdirSync(folder)).toEqual([own])
  })

  it.runIf(process.platform === 'linux')(
    'is not fooled by a process id that was given to another program',
    () => {
      using project = temporaryProject()
      const folder = project.path('runs')
      mkdirSync(folder)
      writeFileSync(`${folder}/1.json`, JSON.stringify({ pid: 1, started: 'another time', root: '/x' }))
      using claim = claimHost('/my/project', folder)
      expect(claim.others()).toEqual([])
    },
  )

  it('ignores what is no claim, and does not read more of it than a claim has', () => {
    using project = temporaryProject()
    const folder = project.path('runs')
    mkdirSync(folder)
    writeFileSync(`${folder}/notes.txt`, 'hello')
    writeFileSync(`${folder}/1.json`, 'not json')
    writeFileSync(`${folder}/2.json`, `{"root":"${'x'.repeat(100_000)}"}`)
    symlinkSync('/dev/zero', `${folder}/3.json`)
    mkdirSync(`${folder}/4.json`)
    using claim = claimHost('/my/project', folder)
    expect(claim.others()).toEqual([])
    expect(existsSync(`${folder}/notes.txt`)).toBe(true)
  })

  it('never keeps a run from measuring', () => {
    using project = temporaryProject({ file: 'in the way' })
    using blocked = claimHost('/my/project', project.path('file'))
    expect(blocked.others()).toEqual([])
    mkdirSync(project.path('locked'))
    chmodSync(project.path('locked'), 0o500)
    using locked = claimHost('/my/project', project.path('locked/runs'))
    expect(locked.others()).toEqual([])
    chmodSync(project.path('locked'), 0o700)
  })
})
