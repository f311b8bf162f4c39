import { lstatSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeModels } from 'servebench/node'
import type { WrittenModel } from 'servebench/node'
import type { ServerSpec } from 'servebench/plugin'
import { expect } from 'vitest'
import { onnxAnswers } from '../../../packages/plugin-models/test/onnx-answers.ts'

/** A small model that every server can have. */
export const MODEL = {
  family: 'mlp',
  inputs: 8,
  width: 32,
  layers: 3,
  outputs: 5,
  seed: 7,
  name: 'written',
} as const
/** Two rows of inputs. */
export const ROWS: Float32Array = Float32Array.from(
  { length: 16 },
  (_, index) => 1.5 * Math.sin(7 * index + 1),
)
export const SHAPE = [2, 8] as const

/** Models of a server in its own layout. */
export class WrittenModels implements Disposable {
  readonly folder: string
  readonly #root: string

  private constructor(root: string) {
    this.#root = root
    this.folder = join(root, 'models')
  }

  static async of(
    server: ServerSpec,
  ): Promise<{ readonly written: WrittenModels; readonly models: readonly WrittenModel[] }> {
    const written = new WrittenModels(mkdtempSync(join(tmpdir(), 'servebench-written-')))
    return { written, models: await writeModels(server, written.folder, { root: written.#root }) }
  }

  /** Paths of all files, none of which is a link. */
  get files(): readonly string[] {
    const names = readdirSync(this.folder, { recursive: true, encoding: 'utf8' }).sort()
    for (const name of names) expect(lstatSync(join(this.folder, name)).isSymbolicLink(), name).toBe(false)
    return names.filter((name) => lstatSync(join(this.folder, name)).isFile())
  }

  [Symbol.dispose](): void {
    rmSync(this.#root, { recursive: true, force: true })
  }
}

/** That a server has computed what ONNX Runtime computes in this process. */
export async function expectSameAnswers(answers: Iterable<number>, rows: Float32Array = ROWS): Promise<void> {
  const expected = [...(await onnxAnswers(MODEL, rows))]
  expect([...answers]).toEqual(expected.map((value) => expect.closeTo(value, 6) as number))
}
