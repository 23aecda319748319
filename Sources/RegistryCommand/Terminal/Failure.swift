internal import ArgumentParser
internal import Diagnostics
private import Glibc
internal import Presentation
internal import RegistryKit

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
    if let excerpt = error.excerpt { lines += excerpt.lines(style) }
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

extension Excerpt {
  /// The most columns that are shown on either side of the part.
  private static let reach = 60

  /// The text, cut if it is long, and below it a caret under each letter of the part.
  fileprivate func lines(_ style: Style) -> [String] {
    let scalars = Array(text.unicodeScalars)
    let start = min(max(column - 1, 0), scalars.count)
    let end = min(start + length, scalars.count)
    let first = max(0, start - Self.reach)
    let last = min(scalars.count, max(end, start + 1) + Self.reach)
    func shown(_ range: Range<Int>) -> String {
      var part = ""
      part.unicodeScalars.append(contentsOf: scalars[range.clamped(to: 0..<scalars.count)])
      return part.safeForTerminal
    }
    let lead = (first > 0 ? "…" : "") + shown(first..<start)
    let marked = shown(start..<min(end, last))
    let rest = shown(min(end, last)..<last) + (last < scalars.count ? "…" : "")
    let blanks = String(repeating: " ", count: 4 + lead.terminalWidth)
    return [
      "    " + lead + marked + rest,
      blanks + style(String(repeating: "^", count: max(1, marked.terminalWidth)), .bad),
    ]
  }
}
