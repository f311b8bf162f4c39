import { symlinkSync } from 'node:fs'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { temporaryProject, type TemporaryProject } from '../../../test/support/project.ts'
import { followLinks } from './mounts.ts'

let project: TemporaryProject
beforeEach(() => {
  project = temporaryProject({
    'scratch/models/a/1/config': '',
    'cache/weights': '',
    'cache/other': '',
    'data/tokenizer/vocabulary': '',
  })
})
afterEach(() => project[Symbol.dispose]())

it('follows links, links of links, and links below what they lead to', async () => {
  const { path } = project
  symlinkSync(path('cache/current'), path('scratch/models/a/1/model.onnx'))
  symlinkSync('weights', path('cache/current'))
  symlinkSync('../data/tokenizer', path('scratch/tokenizer'))
  symlinkSync(path('data'), path('data/tokenizer/up'))
  const found = await followLinks([path('scratch')])
  // The folder `data` holds what the link has led to first.
  expect([...found].sort()).toEqual(
    [path('cache/current'), path('cache/weights'), path('data'), path('scratch')].sort(),
  )
})

it('needs no more than the outermost folders, and ends where links lead in circles or nowhere', async () => {
  const { path } = project
  symlinkSync(path('scratch'), path('scratch/self'))
  symlinkSync(path('nowhere'), path('scratch/lost'))
  const found = await followLinks([path('scratch/models'), path('scratch'), path('scratch/models/a')])
  expect([...found].sort()).toEqual([path('scratch')])
})
