/**
 * The floor: `node:net` and nothing else, which shows what the sockets of the platform cost. It takes every chunk for one request
 * and reads only the target, so no program could use it. That it is faster than the others shows that the load does not limit them.
 */

import { createServer } from 'node:net'
import { bodyOf, fieldsOf, sizeOf } from '../answer.js'

const answers = new Map<string, Buffer>()

function answerTo(target: string): Buffer {
  let answer = answers.get(target)
  if (answer === undefined) {
    const size = sizeOf(target)
    const fields = fieldsOf(size).map((text, at) => (at % 2 === 0 ? `${text}: ` : `${text}\r\n`))
    answer = Buffer.concat([Buffer.from(`HTTP/1.1 200 OK\r\n${fields.join('')}\r\n`), bodyOf(size)])
    answers.set(target, answer)
  }
  return answer
}

createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {})
  socket.on('data', (chunk) => {
    const target = chunk.toString('latin1', 4, chunk.indexOf(' ', 4))
    socket.write(answerTo(target))
  })
}).listen(Number(process.argv[2]), '127.0.0.1')
