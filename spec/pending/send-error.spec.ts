/** What a failed send tells, and what it keeps to itself. */

import { inspect } from 'node:util'
import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { TidewaitError } from '../../lib/base/errors.js'
import { isSendError, isSendErrorCode, SendError } from '../../lib/pending/send-error.js'
import { refuses } from '../kit/refused.js'

const request = {
  method: 'GET',
  url: 'https://origin.example/path?token=secret',
  fields: [['authorization', 'Bearer secret']],
} as const

test('a send error carries its code, backend, request and cause', () => {
  const cause = new Error('why')
  const error = new SendError('ConnectionRefused', { backend: 'api', request, cause })
  assert.instance(error, TidewaitError)
  assert.is(error.name, 'SendError')
  assert.is(error.code, 'ConnectionRefused')
  assert.is(error.backend, 'api')
  assert.is(error.request, request)
  assert.is(error.cause, cause)
  assert.is(error.message, 'the connection was refused: GET https://origin.example/path (backend api)')
})

test('the blame of a send error follows from its code, unless it is given', () => {
  const blame = (code: SendError['code']) => new SendError(code, { backend: 'api', request }).blame
  assert.is(blame('ConnectionRefused'), 'origin')
  assert.is(blame('DestinationNotFound'), 'caller')
  assert.is(blame('HttpCacheLimitExceeded'), 'store')
  assert.is(blame('InternalError'), 'bug')
  assert.is(new SendError('ConnectionTerminated', { backend: 'api', request, blame: 'caller' }).blame, 'caller')
})

test('a send error cannot be made with an unknown code, or without a request', () => {
  const untyped = (...args: unknown[]) => Reflect.construct(SendError, args)
  for (const args of [
    [],
    ['ECONNREFUSED', { backend: 'api', request }],
    ['toString', { backend: 'api', request }],
    ['Custom'],
    ['Custom', null],
    ['Custom', { backend: 'api' }],
  ])
    refuses(() => untyped(...args))
})

test('printing a send error shows no secret of its request', () => {
  const error = new SendError('HttpResponseTimeout', { backend: 'api', request })
  assert.not.match(inspect(error, { showHidden: true }), /secret/)
})

test('an error without a cause has no cause property', () => {
  assert.not.ok('cause' in new SendError('Custom', { backend: 'api', request }))
})

test('isSendError knows a send error from any other', () => {
  assert.ok(isSendError(new SendError('Custom', { backend: 'api', request })))
  assert.not.ok(isSendError(new TidewaitError('Closed', 'closed')))
  assert.not.ok(isSendError({ code: 'Custom' }))
})

test('isSendErrorCode knows the codes, and nothing an object inherits', () => {
  assert.ok(isSendErrorCode('CacheLookupTimeout'))
  assert.not.ok(isSendErrorCode('ECONNREFUSED'))
  assert.not.ok(isSendErrorCode('toString'))
})

test.run()
