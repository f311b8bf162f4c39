import { resolve } from 'node:path'
import { loadPeaks, type DevicePeaks, type PeaksFile } from '../hardware/peaks.ts'
import { PlainProgress } from '../ui/plain-progress.ts'
import { openWorkspace } from './project.ts'

export interface ProjectPeaksOptions {
  /** Instead of the file that the configuration names; relative to the working directory. */
  readonly file?: string | undefined
  /** The configuration file; `false`: none. */
  readonly config?: string | false | undefined
}

export interface ProjectPeaks {
  /** All that are known, the first to be looked at first. */
  readonly peaks: PeaksFile
  /** Those of plugins. */
  readonly added: readonly DevicePeaks[]
}

/** Peaks as a run in this folder has them: of the user's file, of the configuration's plugins, and built-in ones. */
export async function projectPeaks({ file, config }: ProjectPeaksOptions): Promise<ProjectPeaks> {
  const workspace = await openWorkspace({
    directory: process.cwd(),
    config,
    arguments: [],
    log: new PlainProgress(),
  })
  const added: DevicePeaks[] = []
  await workspace.plugins.hooks.peaks.promise(added)
  const { root, peaks: configured } = workspace.config
  const own = file === undefined ? (configured === null ? null : resolve(root, configured)) : resolve(file)
  return { peaks: loadPeaks(own, added), added }
}
