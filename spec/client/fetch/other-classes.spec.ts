/** A program that puts other classes in the place of the platform's gets responses of these classes. */

import * as undici from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openCache } from '../../../lib/index.js'
import { startOrigin } from '../../kit/origin.js'

const test = suite('other-classes')
const origin = await startOrigin()
const cache = openCache()
const { Headers, Request, Response } = globalThis
const platform = { Headers, Request, Response }
const others = { Headers: undici.Headers, Request: undici.Request, Response: undici.Response }

test.before(() => {
  origin.on('/', { headers: { 'X-Kind': 'tide' }, body: 'high' })
  Object.assign(globalThis, others)
})

test.after(async () => {
  Object.assign(globalThis, platform)
  await cache.close()
  await origin[Symbol.asyncDispose]()
})

test('a response is of the class in place, with headers that can be listed and not changed', async () => {
  const response = await cache.fetch(origin.url('/'))
  assert.instance(response, undici.Response)
  assert.ok([...response.headers].some(([name, value]) => name === 'x-kind' && value === 'tide'))
  assert.throws(() => response.headers.set('x-kind', 'ebb'), /immutable/)
  assert.is(await response.text(), 'high')
})

test('a Request of the class in place is sent', async () => {
  const response = await cache.fetch(new globalThis.Request(origin.url('/'), { method: 'POST', body: 'rise' }))
  assert.is(await response.text(), 'high')
  assert.is(origin.requestsOf('/').at(-1)?.method, 'POST')
})

test('a response from before the classes were replaced is cloned as what it is', async () => {
  Object.assign(globalThis, platform)
  const response = await cache.fetch(origin.url('/'))
  Object.assign(globalThis, others)
  const clone = response.clone()
  assert.instance(clone, platform.Response)
  assert.equal([clone.url, await clone.text(), await response.text()], [response.url, 'high', 'high'])
})

test.run()
