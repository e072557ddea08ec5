#!/usr/bin/env node
/** `tidewait`: picks the command, and says by the exit code how it went. */

import { serve } from './serve.js'
import { UsageError } from './usage.js'

/** Each returns its exit code. */
const COMMANDS: Readonly<Record<string, (argv: readonly string[]) => Promise<number>>> = { serve }

const HELP = `tidewait <command>

  serve    a caching reverse proxy in front of an origin

tidewait <command> --help tells more.`

async function main([name, ...argv]: readonly string[]): Promise<number> {
  if (name === '--help' || name === '-h') {
    console.log(HELP)
    return 0
  }
  const command = name === undefined || !Object.hasOwn(COMMANDS, name) ? undefined : COMMANDS[name]
  if (command === undefined)
    throw new UsageError(name === undefined ? 'which command?' : `there is no command ${name}`, HELP)
  return command(argv)
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (failure) {
  console.error(failure instanceof UsageError ? failure.message : failure)
  process.exitCode = failure instanceof UsageError ? 2 : 1
}
