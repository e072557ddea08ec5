/** Edits, and which answers get them (T93 to T95). */

import * as assert from 'uvu/assert'
import { InvalidArgumentError, type PendingRequest } from '../../lib/index.js'
import { closesBeforeHeaders } from '../kit/answer.js'
import { thrownBy } from '../kit/failures.js'
import { delivered, opening, PAST } from './client.js'
import { both, fastly, first, ok, type Story, told } from './world.js'

const TARGETS = ['response', 'error', 'any'] as const

function editAll(pending: PendingRequest): void {
  for (const target of TARGETS) pending.setResponseHeader(`x-${target}`, '1', target)
}

/** Which of the edits made by `editAll` an answer has. */
function edits(header: (name: string) => unknown): string[] {
  return TARGETS.filter((target) => header(`x-${target}`) === '1')
}

export const ops: readonly Story[] = [
  both(
    'T93 edits are made in order, to the answer they are meant for, and never to the stored object',
    async (world) => {
      const page = world.resource(ok('max-age=60', 'body', { 'X-Seen': 'a', 'X-Gone': 'b' }))
      const pending = page.send()
      pending.setResponseHeader('x-seen', 'set', 'any')
      pending.appendResponseHeader('x-seen', 'appended', 'response')
      pending.removeResponseHeader('x-seen', 'error')
      pending.removeResponseHeader('x-gone')
      const { headers } = await told(pending)
      assert.equal([headers.get('x-seen'), headers.get('x-gone')], ['set, appended', null])
      const stored = (await page.get()).headers
      assert.equal([stored.get('x-seen'), stored.get('x-gone')], ['a', 'b'])
    },
  ),

  both('T93 an edit that is no valid header is refused at once', (world) => {
    const pending = world.resource(ok('max-age=60')).send()
    for (const [name, value] of [
      ['not a name', 'x'],
      ['x', 'not\na value'],
    ] as const) {
      assert.instance(
        thrownBy(() => pending.setResponseHeader(name, value)),
        InvalidArgumentError,
      )
    }
    assert.instance(
      thrownBy(() => pending.setResponseHeader('x', 'y', 'nobody' as 'any')),
      InvalidArgumentError,
    )
    pending.cancel()
    return Promise.resolve()
  }),

  both('T94 past the cache, a client gets the edits meant for its answer', async (world) => {
    const page = world.resource(ok('max-age=60'))
    const { status, header, body } = await delivered(() => {
      const pending = page.send(PAST)
      editAll(pending)
      return pending
    })
    assert.equal([status, body, edits(header)], [200, 'body', ['response', 'any']])
  }),

  both(
    'T94 past the cache, a client whose backend dies after the hand-over gets a 5xx with the edits meant for errors',
    async (world) => {
      const page = world.resource(closesBeforeHeaders)
      const { status, header } = await delivered(() => {
        const pending = page.send(PAST)
        editAll(pending)
        return pending
      })
      assert.equal([status >= 500, edits(header)], [true, ['error', 'any']])
    },
  ),

  fastly(
    'T94 a request that meets a mark goes past the cache, and its client gets the edits for an answer or an error',
    async (world) => {
      const page = world.resource([ok('private'), ok('private'), closesBeforeHeaders])
      await page.get()
      const ask = () => {
        const pending = page.send()
        editAll(pending)
        return pending
      }
      const answered = await delivered(ask)
      assert.equal([answered.status, edits(answered.header)], [200, ['response', 'any']])
      const died = await delivered(ask)
      assert.equal([died.status >= 500, edits(died.header)], [true, ['error', 'any']])
    },
  ),

  both(
    'T95 a leader answers its client once its candidate is committed, with the edits meant for its answer',
    async (world) => {
      const page = world.resource(ok('max-age=60'))
      const gate = page.hold()
      let sent: PromiseLike<void> | undefined
      const answer = delivered(
        () => {
          const pending = page.send()
          editAll(pending)
          return pending
        },
        (handover) => {
          sent = handover.then(() => {})
        },
      )
      await page.arrived(1)
      gate.open()
      const { status, header, body } = await answer
      await sent
      assert.equal([status, body, edits(header)], [200, 'body', ['response', 'any']])
      assert.is((await page.get()).response.wasCached, true)
    },
  ),

  fastly(
    'T94 a request that is handed over as it turns direct, and whose backend dies then, is a 502',
    async (world) => {
      const page = world.resource(first(ok('private'), closesBeforeHeaders))
      await page.get()
      const gate = page.hold()
      const { status, header } = await delivered(() => {
        const pending = page.send()
        editAll(pending)
        return pending
      }, opening(gate))
      assert.equal([status, edits(header)], [502, ['error', 'any']])
    },
  ),
]
