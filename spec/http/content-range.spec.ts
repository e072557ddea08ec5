/** Which bytes a 206 carries, and when it does not say so (RFC 9110 14.4). */

import { test } from 'uvu'
import * as assert from 'uvu/assert'
import { contentRange, parseContentRange, partOf } from '../../lib/http/content-range.js'
import { answer } from './heads.js'

test('RFC 9110 14.4: a valid Content-Range gives bytes and maybe the complete length, an invalid one nothing', () => {
  assert.equal(parseContentRange('bytes 0-4/10'), { start: 0, end: 5, size: 10 })
  assert.equal(parseContentRange('Bytes 5-5/*'), { start: 5, end: 6, size: undefined })
  const invalid = ['bytes */10', 'bytes 5-4/10', 'bytes 0-10/10', 'rows 0-4/10', 'bytes 0-4', 'bytes=0-4/10', '']
  for (const text of [...invalid, 'bytes 0-4/99999999999999999', 'bytes 0-99999999999999999/*']) {
    assert.is(parseContentRange(text), undefined, text)
  }
})

test('a Content-Range is written as it was read', () => {
  for (const text of ['bytes 0-4/10', 'bytes 5-5/*']) {
    const range = parseContentRange(text)
    assert.is(range && contentRange(range), text)
  }
})

const rows: readonly (readonly [fields: readonly string[], outcome: 'a part' | 'none'])[] = [
  [['Content-Range: bytes 0-4/10'], 'a part'],
  [['Content-Range: bytes 0-4/10', 'Content-Length: 5'], 'a part'],
  [['Content-Range: bytes 0-4/10', 'Content-Length: 6'], 'none'],
  [['Content-Range: bytes 0-4/10', 'Content-Length: x'], 'none'],
  [['Content-Range: bytes 0-4/10', 'Content-Range: bytes 0-4/10'], 'none'],
  [['Content-Type: multipart/byteranges; boundary=x'], 'none'],
  [['Content-Range: bytes */10'], 'none'],
]

for (const [fields, outcome] of rows) {
  test(`RFC 9110 15.3.7: a 206 with ${JSON.stringify(fields)} is ${outcome === 'none' ? 'no part' : outcome}`, () => {
    assert.is(partOf(answer(206, ...fields)) === undefined ? 'none' : 'a part', outcome)
    assert.is(partOf(answer(200, ...fields)), undefined)
  })
}

test.run()
