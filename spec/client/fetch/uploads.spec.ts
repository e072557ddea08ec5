/** What `cache.fetch` uploads goes out as the platform's `fetch` would send it, or is refused before any of it does. */

import { Readable } from 'node:stream'
import * as assert from 'uvu/assert'
import { type BodyInput, requestBody } from '../../../lib/client/input/body-input.js'
import { comparison, echo, plain, streamOf } from '../alike.js'

const { test, alike, cache, origin } = await comparison('uploads')

test('a stream that is uploaded arrives while it is still being made', async () => {
  const upload = new TransformStream<Uint8Array, Uint8Array>()
  const writer = upload.writable.getWriter()
  origin.on('/upload', ({ body }) => ({ body }))
  const request = new Request(origin.url('/upload'), { method: 'POST', body: upload.readable, duplex: 'half' })
  const answer = cache.fetch(request)
  await writer.write(new TextEncoder().encode('one'))
  await origin.begun('/upload')
  for (const part of ['two', 'three']) await writer.write(new TextEncoder().encode(part))
  await writer.close()
  assert.is(await (await answer).text(), 'onetwothree')
})

for (const [name, body] of Object.entries<() => BodyInput>({
  text: () => 'text',
  nothing: () => '',
  bytes: () => new Uint8Array([65, 66]),
  'a view of bytes': () => new DataView(new ArrayBuffer(2)),
  'an ArrayBuffer': () => new ArrayBuffer(3),
  URLSearchParams: () => new URLSearchParams({ a: '1 2' }),
  'a Blob': () => new Blob(['blob'], { type: 'text/x-blob' }),
  'a Blob without a type': () => new Blob(['blob']),
  'a stream': () => streamOf('one', 'two'),
}))
  alike(`an upload of ${name}`, echo, { init: () => ({ method: 'POST', body: body(), duplex: 'half' }) })
test('a stream of a Request arrives whole, whether its pieces are there at the call or come later', async () => {
  origin.on('/whole', ({ body }) => ({ body }))
  const pieces = Array.from({ length: 600 }, (_, nth) => `${nth};`)
  const upload = new TransformStream<Uint8Array, Uint8Array>()
  const [ready, late] = [streamOf(...pieces), upload.readable].map((body) =>
    cache.fetch(new Request(origin.url('/whole'), { method: 'POST', body, duplex: 'half' })),
  )
  assert.is(await (await ready)?.text(), pieces.join(''))
  const writer = upload.writable.getWriter()
  for (const piece of pieces) await writer.write(new TextEncoder().encode(piece))
  await writer.close()
  assert.is(await (await late)?.text(), pieces.join(''))
})
test('an endless stream of a Request is sent as it comes', async () => {
  const body = new ReadableStream({ pull: (stream) => stream.enqueue(new Uint8Array(1000)) })
  const controller = new AbortController()
  const request = new Request(origin.url('/endless'), {
    method: 'POST',
    body,
    duplex: 'half',
    signal: controller.signal,
  })
  const answer = cache.fetch(request).catch((failure: unknown) => failure)
  await origin.begun('/endless')
  controller.abort('enough')
  assert.is(await answer, 'enough')
})
alike('an upload whose stream fails', echo, {
  init: () => ({ method: 'POST', body: failingStream(), duplex: 'half' }),
  outcome: 'rejects',
})
alike('an upload of a stream of texts', echo, {
  init: () => ({ method: 'POST', duplex: 'half', body: Readable.from(['of ', 't\u00e9xts']) as unknown as BodyInput }),
})
alike('an upload of a stream that somebody reads already', echo, {
  init: () => ({ method: 'POST', body: lockedStream(), duplex: 'half' }),
  outcome: 'rejects',
})
test('a Blob of a package is sent as one of the platform is, with its bytes and its type', async () => {
  origin.on('/foreign', echo)
  const body = new ForeignBlob() as unknown as Blob
  await cache.fetch(origin.url('/foreign'), { method: 'POST', body })
  const [request] = origin.requestsOf('/foreign')
  assert.equal([request?.header('content-type'), request?.header('content-length')], ['a/b', '4'])
  assert.is(request?.body, 'blob')
})
test('a FormData of a package is sent as one of the platform is, with its files', async () => {
  origin.on('/foreign-form', echo)
  const [body, theirs] = [new ForeignForm(), form()]
  await cache.fetch(origin.url('/foreign-form'), { method: 'POST', body: body as unknown as FormData })
  await cache.fetch(origin.url('/foreign-form'), { method: 'POST', body: theirs })
  const [foreign, own] = origin
    .requestsOf('/foreign-form')
    .map(({ body, header }) => [Buffer.byteLength(body), header('content-length')])
  assert.equal(foreign, own)
  assert.is(String(foreign?.[0]), foreign?.[1])
})
for (const [name, content] of Object.entries<() => Blob | FormData>({
  'a blob': () => new Blob(['of ', 'parts']),
  'a form with files': () => form(),
}))
  test(`${name} in a Request is sent with its length`, async () => {
    origin.on('/length', echo)
    await cache.fetch(new Request(origin.url('/length'), { method: 'POST', body: content() }))
    const request = origin.requestsOf('/length').at(-1)
    assert.is(request?.header('content-length'), String(Buffer.byteLength(request?.body ?? '')))
  })
test('a stream that somebody has read from, or still reads, is refused before anything is sent', async () => {
  const stream = streamOf('read', 'rest')
  const reader = stream.getReader()
  await reader.read()
  reader.releaseLock()
  for (const body of [stream, lockedStream()]) {
    const failure = await cache.fetch(origin.url('/read'), { method: 'POST', body }).catch((error) => error)
    assert.is(failure.code, 'InvalidArgument')
  }
  assert.is(origin.count('/read'), 0)
})
alike('an upload with a type of its own', echo, {
  init: () => ({ method: 'POST', body: 'x', headers: { 'Content-Type': 'a/b' } }),
})
alike('an upload of another length than it says', echo, {
  init: () => ({ method: 'POST', body: 'four', headers: { 'Content-Length': '4' } }),
})
alike('a POST without a body', echo, { init: () => ({ method: 'POST' }) })
alike('a body to GET', plain, { init: () => ({ body: 'x' }), outcome: 'rejects' })

/** As packages had it before the platform did. */
class ForeignBlob {
  readonly type = 'a/b'
  readonly size = 4
  readonly #inner = new Blob(['blob'])
  get [Symbol.toStringTag]() {
    return 'Blob'
  }
  stream() {
    return this.#inner.stream()
  }
  arrayBuffer() {
    return this.#inner.arrayBuffer()
  }
}

/** With files that are no Blobs of the platform either. */
class ForeignForm {
  get [Symbol.toStringTag]() {
    return 'FormData'
  }
  *[Symbol.iterator]() {
    for (const [name, value] of form()) yield [name, typeof value === 'string' ? value : new ForeignFile(value)]
  }
}

class ForeignFile {
  readonly type: string
  readonly size: number
  readonly name: string
  readonly #inner: File
  constructor(inner: File) {
    this.#inner = inner
    this.type = inner.type
    this.size = inner.size
    this.name = inner.name
  }
  get [Symbol.toStringTag]() {
    return 'File'
  }
  stream() {
    return this.#inner.stream()
  }
}

function failingStream(): ReadableStream<Uint8Array> {
  const start = streamOf('start').getReader()
  return new ReadableStream({
    async pull(controller) {
      const { done, value } = await start.read()
      if (done) controller.error(new Error('no more'))
      else controller.enqueue(value)
    },
  })
}

function lockedStream(): ReadableStream<Uint8Array> {
  const stream = streamOf('read')
  stream.getReader()
  return stream
}

const texts = () => {
  const form = new FormData()
  form.set('name', 'value')
  form.append('a "name"\r\nof lines', 'one\ntwo\rthree\r\n')
  return form
}
const form = () => {
  const form = texts()
  form.append('file', new Blob(['content'], { type: 'text/plain' }), 'a "file"\n.txt')
  form.append('file', new File(['more'], 'b\u00e4r'))
  return form
}
test('a form without files is in hand, so that a blocking thread can send it, and a lost one can be sent again', () => {
  assert.instance(requestBody(texts()).content, Uint8Array)
  assert.not.instance(requestBody(form()).content, Uint8Array)
})

const within = (body: FormData) => (url: string) => [new Request(url, { method: 'POST', body })] as const

for (const [name, ask] of Object.entries<(url: string) => readonly [string | Request, RequestInit?]>({
  'a form': (url) => [url, { method: 'POST', body: form() }],
  'a form without anything': (url) => [url, { method: 'POST', body: new FormData() }],
  'a form with a type of its own': (url) => [url, { method: 'POST', body: form(), headers: { 'Content-Type': 'a/b' } }],
  'a form of texts in a Request': within(texts()),
  'a form of files in a Request': within(form()),
}))
  test(`${name} is uploaded as by the platform, but for the name of its boundary`, async () => {
    const path = `/${name.replaceAll(' ', '-')}`
    origin.on(path, plain)
    await fetch(...(ask(origin.url(path)) as Parameters<typeof fetch>))
    await cache.fetch(...(ask(origin.url(path)) as Parameters<typeof cache.fetch>))
    const [theirs, ours] = origin.requestsOf(path).map(({ body, header }) => {
      const [, boundary = ''] = /^--([\w-]+?)(?:--)?(?:\r\n|$)/.exec(body) ?? []
      assert.ok(boundary, body)
      return {
        type: header('content-type')?.replace(boundary, 'boundary'),
        length: header('content-length') === String(Buffer.byteLength(body)),
        // Some platforms end the last line, and some do not.
        body: body.replaceAll(boundary, 'boundary').replace(/\r\n$/, ''),
      }
    })
    assert.equal(ours, theirs)
    assert.ok(ours?.length)
  })

test.run()
