/** A command line that cannot be meant. */

/** Its message ends with how the command is used. The exit code for it is 2. */
export class UsageError extends Error {
  constructor(why: string, help: string) {
    super(`${why}\n\n${help}`)
  }
}
