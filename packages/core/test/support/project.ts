import { mkdtempSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** A project on disk that lives as long as a test. */
export interface TemporaryProject extends Disposable {
  readonly root: string
  /** Writes files by relative path; returns their absolute paths. */
  write(files: Readonly<Record<string, string>>): string[]
  path(file: string): string
}

export function temporaryProject(files: Readonly<Record<string, string>> = {}): TemporaryProject {
  const root = realpathSync(mkdtempSync(join(tmpdir(), 'servebench-project-')))
  const project: TemporaryProject = {
    root,
    path: (file) => join(root, file),
    write: (contents) =>
      Object.entries(contents).map(([file, text]) => {
        const path = join(root, file)
        mkdirSync(dirname(path), { recursive: true })
        writeFileSync(path, text)
        return path
      }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true, force: true }),
  }
  project.write(files)
  return project
}
