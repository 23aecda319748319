internal import ArgumentParser
internal import Diagnostics
private import Glibc

extension RegistryError.Code {
  /// The options and arguments of a command do not fit together.
  static let usage = Self("usage", .usage)
  /// A promise of this program did not hold.
  static let internalFailure = Self("internal", .internal)
}

/// How a failure leaves the process.
enum Failure {
  /// Writes the failure where the reader looks for it and gives the exit code.
  static func report(_ error: any Error, arguments: [String]) -> Int32 {
    if let exit = error as? ExitCode { return exit.rawValue }
    if error is RegistryError || !isParserError(error) {
      let error = registryError(from: error)
      tell(error, asJSON: wantsJSON(arguments))
      return error.code.category.exitCode
    }
    let exit = RegistryProgram.exitCode(for: error)
    if exit == .success {
      // Help and versions were asked for: they are the answer.
      do {
        try Terminal.write(RegistryProgram.fullMessage(for: error) + "\n", to: STDOUT_FILENO)
        return 0
      } catch {
        return report(error, arguments: arguments)
      }
    }
    if wantsJSON(arguments) {
      tell(
        RegistryError(
          .usage, RegistryProgram.message(for: error),
          remedy: "Run `\(command(of: arguments)) --help`."),
        asJSON: true)
    } else {
      Terminal.tell(RegistryProgram.fullMessage(for: error) + "\n")
    }
    return RegistryError.Category.usage.exitCode
  }

  /// The failure as the contract prints it.
  static func document(of error: RegistryError) -> JSONValue {
    let place = error.place.flatMap { $0.isEmpty ? nil : $0.description }
    return .object([
      .init(
        key: "error",
        value: .object([
          .init(key: "code", value: .text(error.code.name)),
          .init(key: "message", value: .text(error.message)),
          .init(key: "place", value: place.map { .text($0) } ?? .null),
          .init(key: "remedy", value: error.remedy.map { .text($0) } ?? .null),
        ]))
    ])
  }

  /// The failure for people.
  static func text(of error: RegistryError, _ style: Style) -> String {
    var lines = [style("Error:", .bad) + " " + error.message.safeForTerminal]
    if let place = error.place, !place.isEmpty {
      lines.append(style("  at:", .faint) + " " + place.description.safeForTerminal)
    }
    if let remedy = error.remedy {
      lines.append(style("  try:", .faint) + " " + remedy.safeForTerminal)
    }
    return lines.joined(separator: "\n") + "\n"
  }

  private static func tell(_ error: RegistryError, asJSON: Bool) {
    guard asJSON else {
      return Terminal.tell(text(of: error, Terminal.style(of: STDERR_FILENO)))
    }
    do {
      try Terminal.write(document(of: error).text + "\n", to: STDOUT_FILENO)
    } catch {
      Terminal.tell("Error: \(error)\n")
    }
  }

  /// Whether the words of the parser, not ours, describe an error.
  private static func isParserError(_ error: any Error) -> Bool {
    error is ValidationError || error is CleanExit
      || RegistryProgram.exitCode(for: error) != .failure
  }

  private static func registryError(from error: any Error) -> RegistryError {
    error as? RegistryError
      ?? RegistryError(
        .internalFailure, "The program failed in a way that it does not know: \(error).",
        remedy: "Please report this with the command that you ran.", cause: error)
  }

  /// Whether `--json` stands among the options; they may be wrong, so the parser cannot tell.
  static func wantsJSON(_ arguments: [String]) -> Bool {
    arguments.prefix { $0 != "--" }.contains("--json")
  }

  /// The subcommand that was meant.
  private static func command(of arguments: [String]) -> String {
    guard let name = arguments.first, RegistryProgram.subcommandNames.contains(name) else {
      return "registry"
    }
    return "registry \(name)"
  }
}
