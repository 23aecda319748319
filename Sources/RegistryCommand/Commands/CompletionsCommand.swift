internal import ArgumentParser
internal import RegistryKit

/// The subcommand `registry completions`.
struct CompletionsCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "completions",
    abstract: "Print a script that lets a shell complete commands.",
    discussion: """
      With it the Tab key completes subcommands, options, and the names of models, versions, aliases, \
      datasets, runs and layers of the registry that the command line means. Bash reads the script \
      from ~/.local/share/bash-completion/completions/registry, zsh from _registry in a folder of its \
      $fpath, and fish from ~/.config/fish/completions/registry.fish.

      Examples:
        registry completions bash
        registry completions zsh
      """)

  /// A shell that completes.
  enum Shell: String, CaseIterable, ExpressibleByArgument {
    case bash, zsh, fish

    /// The parser's name for it.
    var completionShell: CompletionShell {
      switch self {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    }
  }

  @Argument(help: "The shell.")
  var shell: Shell

  @OptionGroup var global: GlobalOptions

  func run() throws {
    var script = RegistryProgram.completionScript(for: shell.completionShell)
    if shell == .bash {
      // Bash breaks words at an @ to complete host names, and would see three words in wolfdog@3.
      script += "\nCOMP_WORDBREAKS=${COMP_WORDBREAKS//@}\n"
    }
    let text = script.hasSuffix("\n") ? script : script + "\n"
    try global.show(["shell": shell.rawValue, "script": text]) { _ in text }
  }
}
