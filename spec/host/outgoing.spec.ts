/** Where a request goes, and with which header fields. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { anyOrigin, type BackendOptions, readBackend } from '../../lib/host/backends.js'
import { address } from '../../lib/host/outgoing.js'
import { type Field, values } from '../../lib/http/message.js'
import { get } from './sending.js'

const toAny = (url: string) => address(anyOrigin, get(url), {})
const toNamed = (url: string, options: BackendOptions, fields: readonly Field[] = []) =>
  address(readBackend('api', options), get(url, fields), {})

test('path and query are sent octet for octet, the origin is normalised', () => {
  const sent = toAny('HTTP://Example.COM:80/a/../b%7e?q=%C3%A9&&x#part')
  assert.equal([sent.origin, sent.path], ['http://example.com', '/a/../b%7e?q=%C3%A9&&x'])
})

test('an empty path is sent as /', () => {
  assert.is(toAny('http://a').path, '/')
  assert.is(toAny('http://a?q').path, '/?q')
})

test('a named backend decides where a request goes, and its URL decides path, query and Host', () => {
  const sent = toNamed('https://www.example/x?y', { url: 'http://10.0.0.1:8080' })
  assert.equal([sent.origin, sent.path, sent.label], ['http://10.0.0.1:8080', '/x?y', 'api'])
  assert.equal(values(sent.fields, 'host'), ['www.example'])
})

test("the path of a backend's URL comes before that of the request", () => {
  assert.is(toNamed('https://www.example/x', { url: 'http://a/api/' }).path, '/api/x')
  assert.is(toNamed('https://www.example/', { url: 'http://a/api' }).path, '/api/')
})

test('header fields of the backend replace those of the request', () => {
  const options = { url: 'http://a', headers: { 'X-Key': 'k', Host: 'inner.example' } }
  const sent = toNamed('https://www.example/', options, [
    ['x-key', 'from outside'],
    ['host', 'www.example'],
    ['accept', '*/*'],
  ])
  assert.equal(sent.fields, [
    ['accept', '*/*'],
    ['x-key', 'k'],
    ['host', 'inner.example'],
  ])
})

test('a Host field of the request is kept', () => {
  const sent = address(anyOrigin, get('http://a/', [['host', 'b']]), {})
  assert.equal(sent.fields, [['host', 'b']])
})

test('a declared length is kept for a body that is read once, and dropped for a body in hand', () => {
  const body = (async function* () {})()
  const request = { method: 'PUT', url: 'http://a/', fields: [['content-length', '3']] } as const
  assert.equal(values(address(anyOrigin, request, { body }).fields, 'content-length'), ['3'])
  assert.equal(values(address(anyOrigin, request, { body: new Uint8Array(3) }).fields, 'content-length'), [])
})

test.run()
