/** `Referer` is what Referrer Policy makes of the page that the caller names. */

import * as assert from 'uvu/assert'
import { Referrer } from '../../../lib/client/fetch/referrer.js'
import { comparison, echo } from '../alike.js'

const { test, alike, cache, origin, away } = await comparison('referrer')

const PAGE = 'http://user:pass@page.test/a?b#c'

for (const referrerPolicy of ['', 'origin', 'unsafe-url', 'strict-origin', 'strict-origin-when-cross-origin'] as const)
  alike(`a page elsewhere, under '${referrerPolicy}'`, echo, { init: () => ({ referrer: PAGE, referrerPolicy }) })
for (const referrer of ['about:client', '']) alike(`no page: '${referrer}'`, echo, { init: () => ({ referrer }) })
alike(
  'a redirect',
  { '/': { status: 302, headers: { Location: '/there' } }, '/there': echo },
  { init: () => ({ referrer: PAGE }) },
)
alike(
  'a redirect that says more of it may be told',
  {
    '/': { status: 302, headers: { Location: '/there', 'Referrer-Policy': 'origin, unsafe-url, other' } },
    '/there': echo,
  },
  { init: () => ({ referrer: PAGE }) },
)

/** Page, target, and what is told under each policy: `strict-origin-when-cross-origin` comes first, it is the default. */
const TABLE: readonly (readonly [from: string, to: string, ...told: (string | undefined)[]])[] = [
  ['https://a.test/b?c', 'https://a.test/x', 'all', undefined, 'all', 'all', 'origin', 'origin', 'all', 'all'],
  [
    'https://a.test/b?c',
    'https://b.test/x',
    'origin',
    undefined,
    'all',
    undefined,
    'origin',
    'origin',
    'origin',
    'all',
  ],
  [
    'https://a.test/b?c',
    'http://b.test/x',
    undefined,
    undefined,
    undefined,
    undefined,
    'origin',
    undefined,
    'origin',
    'all',
  ],
  [
    'https://a.test/b?c',
    'http://localhost/x',
    'origin',
    undefined,
    'all',
    undefined,
    'origin',
    'origin',
    'origin',
    'all',
  ],
  ['http://a.test/b?c', 'http://b.test/x', 'origin', undefined, 'all', undefined, 'origin', 'origin', 'origin', 'all'],
]

const POLICIES = [
  'strict-origin-when-cross-origin',
  'no-referrer',
  'no-referrer-when-downgrade',
  'same-origin',
  'origin',
  'strict-origin',
  'origin-when-cross-origin',
  'unsafe-url',
] as const

for (const [from, to, ...told] of TABLE) {
  test(`each referrer policy tells its part of the page from ${from} to ${to}`, () => {
    for (const [nth, referrerPolicy] of POLICIES.entries()) {
      const expected = { all: from, origin: `${new URL(from).origin}/` }[told[nth] ?? ''] ?? null
      const says = (init: RequestInit) =>
        Referrer.of(init, undefined)?.forTarget(to)?.appliedTo(new Headers()).get('referer')
      assert.is(says({ referrer: from, referrerPolicy }) ?? null, expected, referrerPolicy)
      if (nth === 0) assert.is(says({ referrer: from }) ?? null, expected, 'by default')
    }
  })
}

test('what a policy kept back on one hop stays kept back on the next', async () => {
  origin.on('/away', { status: 302, headers: { Location: away.url('/home') } })
  away.on('/home', { status: 302, headers: { Location: origin.url('/told'), 'Referrer-Policy': 'unsafe-url' } })
  origin.on('/told', echo)
  const response = await cache.fetch(origin.url('/away'), { referrer: origin.url('/page?secret') })
  assert.match(await response.text(), `["referer","${origin.base}/"]`)
})

test('the referrer of a Request is told, unless fetch has options beside it', async () => {
  origin.on('/request', echo)
  const request = new Request(origin.url('/request'), { referrer: origin.url('/page') })
  assert.match(await (await cache.fetch(request)).text(), origin.url('/page'))
  const beside = await (await cache.fetch(request, { headers: {} })).text()
  assert.not.match(beside, origin.url('/page'))
})

test('a Referer header of the caller stands', async () => {
  origin.on('/written', echo)
  const init = { referrer: PAGE, headers: { referer: 'http://own.test/' } }
  assert.match(await (await cache.fetch(origin.url('/written'), init)).text(), '["referer","http://own.test/"]')
})

test('a referrer that is longer than 4096 characters is told by its origin alone', () => {
  const says = (length: number) =>
    Referrer.of({ referrer: `http://a.test/${'x'.repeat(length)}`, referrerPolicy: 'unsafe-url' }, undefined)
      ?.forTarget('http://b.test/')
      ?.appliedTo(new Headers())
      .get('referer')
  assert.is(says(4096 - 'http://a.test/'.length)?.length, 4096)
  assert.is(says(4097 - 'http://a.test/'.length), 'http://a.test/')
})

test.run()
