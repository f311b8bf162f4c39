import { stripVTControlCharacters } from 'node:util'
import { afterEach, describe, expect, it } from 'vitest'
import { trialFixture } from '../../test/result-fixture.ts'
import { FakeTerminal } from '../../test/support/fake-terminal.ts'
import { liveTrial, snapshotOf } from '../../test/support/live-trial.ts'
import { studyProgress } from '../../test/support/study-progress.ts'
import { InkProgress } from './ink-progress.ts'

let terminal: FakeTerminal
let progress: InkProgress
afterEach(() => progress.restore())

function open(columns = 80): void {
  terminal = new FakeTerminal(columns)
  progress = new InkProgress({ terminal, captured: [terminal], colors: false })
}

const visible = (): string[] => terminal.screen.filter((line) => line !== '')

describe('InkProgress', () => {
  it('draws the run and leaves finished trials and messages', async () => {
    open()
    progress.snapshot(snapshotOf(liveTrial(), { trialsTotal: 2, trialsDone: 0 }))
    await expect.poll(visible).toContain('398/s of 400/s offered  █')
    expect(terminal.showsCursor).toBe(false)
    progress.info('a message\nof two lines')
    progress.warn('a warning')
    progress.trialDone(trialFixture())
    await expect.poll(visible).toContain('! a warning')
    await progress.close()
    expect(visible()).toEqual([
      'a message',
      'of two lines',
      '! a warning',
      '1/2 mlp > closed loop',
      '  ✓ 400/s · p50 1.39 ms · p99 9.19 ms',
    ])
    expect(terminal.showsCursor).toBe(true)
  })

  it('shows what others print above the drawing', async () => {
    open()
    progress.snapshot(snapshotOf(liveTrial()))
    terminal.write('printed by a plugin\n\u001b[2Jhostile\n')
    await expect.poll(visible).toContain('\\x1b[2Jhostile')
    expect(visible().slice(0, 2)).toEqual(['printed by a plugin', '\\x1b[2Jhostile'])
    expect(visible()).toContain('398/s of 400/s offered  █')
  })

  it('gives the terminal up for a line as long as a file, and leaves that whole', () => {
    open()
    progress.snapshot(snapshotOf(liveTrial()))
    const json = JSON.stringify({ text: 'x'.repeat(20_000) })
    terminal.write(`${json}\n`)
    expect(terminal.written.endsWith(`${json}\n`)).toBe(true)
    expect(terminal.showsCursor).toBe(true)
  })

  it('draws a study while it runs', async () => {
    open()
    progress.study(studyProgress())
    progress.snapshot(snapshotOf(liveTrial()))
    await expect.poll(() => visible().join('\n')).toContain('instances=4,batch=8     16       640/s')
    progress.study(studyProgress({ state: 'ended', current: null }))
    await expect.poll(() => visible().join('\n')).not.toContain('Study')
  })

  it('says at once that the run is stopping', () => {
    open()
    progress.snapshot(snapshotOf(liveTrial()))
    progress.stopping()
    expect(visible()[0]).toBe('stopping… what was measured will be reported; Ctrl-C again leaves at once')
  })

  it('restores the terminal at once, and only once', () => {
    open()
    progress.snapshot(snapshotOf(liveTrial()))
    progress.restore()
    expect(terminal.showsCursor).toBe(true)
    expect(visible()).toEqual([])
    const { written } = terminal
    progress.restore()
    progress.snapshot(snapshotOf(liveTrial()))
    expect(terminal.written).toBe(written)
  })

  it('shows messages as plain lines afterwards', async () => {
    open()
    await progress.close()
    terminal.written = ''
    progress.info('late news')
    progress.warn('late trouble')
    progress.trialDone(trialFixture())
    progress.stopping()
    terminal.write('foreign\n')
    expect(stripVTControlCharacters(terminal.written)).toBe(
      [
        'late news',
        '! late trouble',
        '  ✓ 400/s · p50 1.39 ms · p99 9.19 ms',
        'Stopping: what was measured will be reported. Ctrl-C again leaves at once.',
        'foreign',
        '',
      ].join('\n'),
    )
  })

  it('follows the width of the terminal', async () => {
    open(80)
    progress.snapshot(snapshotOf(liveTrial()))
    await expect.poll(visible).toContain('p50 1.20 ms  p95 2.30 ms  p99 3.40 ms  █')
    terminal.resize(40)
    await expect.poll(() => terminal.written).toContain('… server > answers under load > batch=8')
  })

  it('draws at most five times a second', async () => {
    open()
    const began = performance.now()
    let frames = 0
    const write = terminal.write.bind(terminal)
    await progress.close()
    progress = new InkProgress({
      terminal: Object.assign(terminal, {
        write: (text: string) => {
          if (text.includes('completed')) frames += 1
          return write(text)
        },
      }),
      captured: [],
      colors: false,
    })
    for (let index = 0; performance.now() - began < 1000; index++) {
      progress.snapshot(snapshotOf(liveTrial({ completed: index })))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    const elapsed = (performance.now() - began) / 1000
    expect(frames).toBeGreaterThan(1)
    expect(frames).toBeLessThanOrEqual(Math.ceil(elapsed * 5) + 1)
  })

  it('goes on without a drawing when that fails', async () => {
    open()
    const broken = { ...liveTrial(), name: null as unknown as string }
    progress.snapshot(snapshotOf(broken))
    await expect.poll(() => terminal.written).toContain('The progress display failed')
    expect(terminal.showsCursor).toBe(true)
    progress.info('still here')
    expect(terminal.written.endsWith('still here\n')).toBe(true)
  })
})
