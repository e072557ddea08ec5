/** How a command fails when nothing is wrong with the program: its message is all there is to say. */

/** A command line that cannot be meant. Its message ends with how the command is used. The exit code for it is 2. */
export class UsageError extends Error {
  constructor(why: string, help: string) {
    super(`${why}\n\n${help}`)
  }
}

/** What was asked for could not be done. The exit code for it is 1. */
export class CommandError extends Error {}
