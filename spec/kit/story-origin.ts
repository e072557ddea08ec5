/** The origin that the examples of the README and of TSDoc ask. As a program (`npm run origin`) it is where they say it is. */

import { pathToFileURL } from 'node:url'
import { RESET } from './answer.js'
import { type Origin, startOrigin } from './origin.js'

/** Where the examples say their origin is. */
export const EXAMPLE_ORIGIN = 'http://localhost:8080'

/** On any free port, unless told otherwise. */
export async function storyOrigin(port = 0): Promise<Origin> {
  const origin = await startOrigin(port)
  const fresh = { 'cache-control': 'max-age=60' }
  const story = { headers: fresh, body: 'Once upon a tide.' }
  return origin
    .on('/', story)
    .on('/story', story)
    .on('/undated', { body: 'No date.' })
    .on('/private', { headers: { 'cache-control': 'private' }, body: 'My own story.' })
    .on('/chapter/1', { headers: { ...fresh, 'surrogate-key': 'book chapter-1' }, body: 'Chapter one.' })
    .on('/breaks-off', { raw: RESET })
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  await storyOrigin(Number(new URL(EXAMPLE_ORIGIN).port))
  console.log(`the origin of the examples: ${EXAMPLE_ORIGIN}/story (Ctrl-C ends it)`)
}
