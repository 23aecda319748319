internal import ArgumentParser
private import Diagnostics
internal import Presentation

/// The order of arguments that the parser understands.
enum ArgumentOrder {
  /// The arguments with options that every subcommand takes moved behind its name, so that
  /// `registry --json models` means `registry models --json`.
  static func subcommandFirst(_ arguments: [String]) -> [String] {
    var index = 0
    while index < arguments.count {
      switch arguments[index] {
      case "--json", "--quiet", "-q": index += 1
      case "--registry": index += 2
      case let argument where argument.hasPrefix("--registry="): index += 1
      default:
        // Not a subcommand: a request for help or a mistake, which the parser explains.
        if arguments[index].hasPrefix("-") { return arguments }
        return [arguments[index]] + arguments[..<index] + arguments[(index + 1)...]
      }
    }
    return arguments
  }

  /// The mistake of a first argument that is no subcommand, with the one that was probably meant.
  static func misspeltSubcommand(_ arguments: [String]) -> ValidationError? {
    guard let name = arguments.first, !name.hasPrefix("-"), name != "help" else { return nil }
    let names = RegistryProgram.subcommandNames
    if names.contains(name) { return nil }
    let suggestion = names.nearest(to: name).map { " Did you mean '\($0)'?" } ?? ""
    return ValidationError("There is no command '\(name.safeForTerminal)'.\(suggestion)")
  }
}
