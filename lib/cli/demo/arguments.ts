/** Reads the command line of `tidewait demo`. */

import { readOptions } from '../kit/read.js'
import { UsageError } from '../kit/usage.js'

export type DemoArguments = { readonly do: 'help' } | { readonly do: 'tour'; readonly origin: URL | undefined }

export const HELP = `tidewait demo [--origin <url>]

A tour of the cache on real input: an origin in a process of its own, a host thread and four worker threads.

  --origin <url>   ask for this page of a real server instead; it must be cacheable for half a minute.
                   Scenes that tell the origin how to behave are skipped.
  --help           this text

Exit code: 0 if every scene did what it says, 1 if one did not, 2 for a bad argument.`

/** @throws UsageError */
export function readArguments(argv: readonly string[]): DemoArguments {
  const options = { help: { type: 'boolean' }, origin: { type: 'string' } } as const
  const { help, origin } = readOptions({ args: [...argv], options }, HELP).values
  if (help) return { do: 'help' }
  return { do: 'tour', origin: origin === undefined ? undefined : pageUrl(origin) }
}

function pageUrl(text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol))
    throw new UsageError(`--origin: not an http or https URL: ${text}`, HELP)
  return url
}
