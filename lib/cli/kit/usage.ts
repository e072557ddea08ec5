/** The errors of a command that are no fault of the program. Only their message is printed, without a stack. */

/** A wrong command line. Its message ends with how the command is used. The exit code is 2. */
export class UsageError extends Error {
  constructor(why: string, help: string) {
    super(`${why}\n\n${help}`)
  }
}

/** The command could not do what was asked. The exit code is 1. */
export class CommandError extends Error {}
