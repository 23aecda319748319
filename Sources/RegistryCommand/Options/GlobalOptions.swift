internal import ArgumentParser
internal import Diagnostics
private import Glibc
internal import RegistryKit

/// What every subcommand takes.
struct GlobalOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "The registry's folder. (default: $REGISTRY_HOME, else the nearest .registry upward)",
      valueName: "dir"))
  var registry: String?

  @Flag(help: "Print one JSON document on standard output.")
  var json = false

  @Flag(name: .shortAndLong, help: "Print no progress and no hints.")
  var quiet = false

  /// The registry that the command works on.
  func open() throws -> Registry { try Registry(opening: folder()) }

  /// The folder of the registry that the command works on.
  func folder() throws -> String {
    try Registry.locate(named: registry, environment: Terminal.environment("REGISTRY_HOME"))
  }

  /// Prints an answer: as JSON if that was asked for, else as text for people.
  func show(_ answer: some Encodable, _ text: (Style) -> String) throws {
    try show(json: JSONValue(encoding: answer), text)
  }

  /// Prints an answer whose JSON is put together by hand.
  func show(json value: @autoclosure () throws -> JSONValue, _ text: (Style) -> String) throws {
    let output = json ? try value().text + "\n" : text(Terminal.style(of: STDOUT_FILENO))
    try Terminal.write(output, to: STDOUT_FILENO)
  }

  /// Says on standard error what a user would do next.
  func suggest(_ text: String) {
    if quiet || json { return }
    Terminal.tell(Terminal.style(of: STDERR_FILENO)("Next: \(text)", .faint) + "\n")
  }

  /// Does long work: with a line of progress on a terminal, and stopped by Ctrl-C.
  func work<Answer>(
    _ body: (any ProgressObserver, Cancellation) throws -> Answer
  ) throws -> Answer {
    let cancellation = Cancellation()
    Interruption.listen(cancellation)
    if quiet || json || !Terminal.isTerminal(STDERR_FILENO) {
      return try body(SilentProgress(), cancellation)
    }
    let progress = TerminalProgress()
    defer { progress.clear() }
    return try body(progress, cancellation)
  }
}
