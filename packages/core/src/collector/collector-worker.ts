/** The collector thread: imports bench files one after the other and reports each as soon as it is done. */
import { parentPort } from 'node:worker_threads'
import { collectFile } from './collect-file.ts'
import type { CollectCommand, CollectEvent } from './collector-protocol.ts'
import { installLoader } from './loader.ts'

const port = parentPort
if (port === null) throw new Error('This module runs in a worker thread.')

const post = (event: CollectEvent): void => port.postMessage(event)
installLoader((importer, imported) => post({ type: 'imports', importer, imported }))

port.on('message', (command: CollectCommand) => {
  void collectAll(command)
})
post({ type: 'ready' })

async function collectAll({ files, request }: CollectCommand): Promise<void> {
  for (const file of files) {
    post({ type: 'started', file })
    const begun = performance.now()
    const result = await collectFile(file, request)
    post({ type: 'collected', file, result, milliseconds: performance.now() - begun })
  }
}
