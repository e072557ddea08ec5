/** The status that a client gets for a failure is that of a gateway. */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { CancelledError, ClosedError, HostLostError } from '../../../lib/base/errors.js'
import { gatewayStatus } from '../../../lib/client/writing/gateway-status.js'
import { SendError, type SendErrorCode } from '../../../lib/pending/send-error.js'

const request = { method: 'GET', url: 'http://origin.example/', fields: [] }

function sendError(code: SendErrorCode): SendError {
  return new SendError(code, { backend: 'http://origin.example', request })
}

const TOLD: readonly [what: string, failure: unknown, status: number][] = [
  ['an origin that refuses', sendError('ConnectionRefused'), 502],
  ['an origin that says nothing', sendError('HttpResponseTimeout'), 504],
  ['no connection that is free', sendError('ConnectionLimitReached'), 503],
  ['a body of the client that breaks off', sendError('IoError'), 400],
  ['a cache that is closed', new ClosedError('the cache'), 503],
  ['a cache that closes meanwhile', new CancelledError(new ClosedError('the cache')), 503],
  ['a host that is gone', new HostLostError(), 503],
  ['a request that its program cancels', new CancelledError('no more'), 500],
]

for (const [what, failure, status] of TOLD)
  test(`a client is told ${status} of ${what}`, () => {
    assert.is(gatewayStatus(failure), status)
  })

test.run()
