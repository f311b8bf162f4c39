import { expect, it } from 'vitest'
import { pullProgress } from './pull-progress.ts'

it('counts the layers of docker', () => {
  const output = `25.02-py3: Pulling from nvidia/tritonserver
5a7813e071bf: Pulling fs layer
9a3f0c1b2d4e: Already exists
c2b1a0f9e8d7: Pulling fs layer
5a7813e071bf: Verifying Checksum
5a7813e071bf: Download complete
5a7813e071bf: Pull complete`
  expect(pullProgress(output)).toBe('2 of 3 layers')
  expect(pullProgress('25.02-py3: Pulling from nvidia/tritonserver')).toBeNull()
})

it('counts those of podman', () => {
  const output = `Trying to pull docker.io/pytorch/torchserve:latest...
Getting image source signatures
Copying blob sha256:5a7813e071bfadf18aaa6ca8318be4824a9b6297b3240f2cc84c1db6f4113040
Copying blob 9a3f0c1b2d4e done   |
Copying blob c2b1a0f9e8d7 skipped: already exists
Copying config 0123456789ab done   |`
  expect(pullProgress(output)).toBe('2 of 3 layers')
})
