/** An error that crosses to another thread becomes an instance of the same class, with all that it carried. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import {
  AlreadyFinishedError,
  BadHandleError,
  CancelledError,
  ClosedError,
  HostLostError,
  InvalidArgumentError,
  TidewaitError,
  TimeoutError,
  TruncatedBodyError,
} from '../../../lib/base/errors.js'
import { deserializeError, serializeError } from '../../../lib/bridge/line/serialized-errors.js'
import { isSendError, SendError } from '../../../lib/pending/send-error.js'
import { NotAnEffectError, WouldDeadlockError } from '../../../lib/scheduler/index.js'

function crossed(error: unknown): Error {
  return deserializeError(JSON.parse(JSON.stringify(serializeError(error))))
}

const request = { method: 'GET', url: 'http://origin.example/a?b', fields: [['accept', '*/*']] as [string, string][] }

const errors = [
  new AlreadyFinishedError('text'),
  new BadHandleError(7, 'no entry'),
  new CancelledError(new Error('why')),
  new ClosedError('the cache'),
  new HostLostError(new RangeError('died of it')),
  new InvalidArgumentError('no', { cause: new TypeError('because') }),
  new NotAnEffectError(5),
  new TimeoutError(250, 'the fetch'),
  new TruncatedBodyError('short', { blame: 'store', cause: new Error('full') }),
  new WouldDeadlockError('itself', []),
  new SendError('ConnectionRefused', { backend: 'api', request, cause: new Error('refused') }),
  new SendError('Custom', { backend: 'api', request, blame: 'bug' }),
]

for (const error of errors) {
  test(`a ${error.name} keeps its class, code, blame and message`, () => {
    const other = crossed(error)
    assert.instance(other, error.constructor)
    assert.equal([other.name, other.message], [error.name, error.message])
    assert.ok(other instanceof TidewaitError)
    assert.equal([other.code, other.blame], [error.code, error.blame])
    assert.is((other.cause as Error | undefined)?.message, (error.cause as Error | undefined)?.message)
  })
}

test('classes are recognized by their names as written, even if a bundler has shortened them', () => {
  for (const error of errors) {
    const { name } = error.constructor
    Object.defineProperty(error.constructor, 'name', { value: 'b' })
    const other = crossed(error)
    Object.defineProperty(error.constructor, 'name', { value: name })
    assert.is(other.name, name)
    assert.is(other.constructor, error.constructor)
  }
})

test('a SendError keeps its backend and its request', () => {
  const other = crossed(errors[10])
  assert.ok(isSendError(other))
  assert.equal([other.backend, other.request], ['api', request])
})

test('a SendError keeps the failure to choose a stale answer that it suppressed', () => {
  const failed = new SendError('ConnectionRefused', { backend: 'api', request })
  failed.suppressed = new BadHandleError(7, 'has no stale answer')
  const { suppressed } = crossed(failed) as SendError
  assert.instance(suppressed, BadHandleError)
  assert.is((suppressed as Error).message, (failed.suppressed as Error).message)
})

test('a timeout keeps its milliseconds, a bad handle its number', () => {
  assert.is((crossed(new TimeoutError(250)) as TimeoutError).timeoutMs, 250)
  assert.is((crossed(new BadHandleError(7)) as BadHandleError).handle, 7)
})

test("an error that is not the library's keeps its class or its name, and its code", () => {
  const refused = Object.assign(new Error('connect'), { code: 'ECONNREFUSED' })
  const other = crossed(refused) as NodeJS.ErrnoException
  assert.equal([other.constructor, other.code, other instanceof TidewaitError], [Error, 'ECONNREFUSED', false])
  assert.instance(crossed(new TypeError('x')), TypeError)
  assert.is(crossed(Object.assign(new Error('x'), { name: 'PaymentError' })).name, 'PaymentError')
})

test('a system error keeps the fields that Node gives it', () => {
  const refused = { code: 'ECONNREFUSED', errno: -111, syscall: 'connect', address: '127.0.0.1', port: 9 }
  const told = crossed(Object.assign(new Error('connect'), refused))
  assert.equal({ ...told }, refused)
  const unknownName = { code: 'ENOTFOUND', errno: -3008, syscall: 'getaddrinfo', hostname: 'nowhere.invalid' }
  assert.equal({ ...crossed(Object.assign(new Error('lookup'), unknownName)) }, unknownName)
})

test("properties that another's error has under names of ours are left out, whatever they are", () => {
  const carried = { handle: 5n, timeoutMs: 5n, blame: 5n, backend: 5n, request: 5n, suppressed: 5n, code: 5n }
  const other = crossed(Object.assign(new Error('x'), carried))
  assert.equal([other.message, Object.keys(other)], ['x', []])
})

test('an error may have any name, also one that every object inherits', () => {
  for (const name of ['constructor', '__proto__', 'toString']) {
    for (const error of [new Error('x'), new TidewaitError('Custom', 'x')]) {
      const other = crossed(Object.defineProperty(error, 'name', { value: name }))
      assert.instance(other, Error)
      assert.equal([other.name, other.message], [name, 'x'])
    }
  }
})

test('causes are kept four deep, and a circle of causes ends', () => {
  const error = new Error('round')
  error.cause = error
  let depth = 0
  for (let at: Error | undefined = crossed(error); at !== undefined; at = at.cause as Error | undefined) depth++
  assert.is(depth, 5)
})

test('whatever was thrown can be serialized', () => {
  const thrown = [undefined, null, 'text', 5, 5n, Symbol('s'), {}, Object.create(null), () => {}]
  for (const value of thrown) assert.instance(crossed(value), Error)
  assert.is(crossed('text').message, 'text')
})

test.run()
