internal import ArgumentParser
private import Glibc
internal import RegistryKit

/// The subcommand `registry lineage`.
struct LineageCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "lineage",
    abstract: "Show which models a model came from, and which came from it.",
    discussion: """
      For each step from a base to a child it tells, by comparing digests, how many layers were \
      inherited, retrained, added and dropped, and how many bytes the two share.

      Examples:
        registry lineage coyote
        registry lineage wolfdog --descendants --format dot | dot -Tsvg > a.svg
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.")
  var model: String

  @Flag(help: "Show only what it came from.")
  var ancestors = false

  @Flag(help: "Show only what came from it.")
  var descendants = false

  @Option(help: "How the graph is written.")
  var format: Format = .tree

  @OptionGroup var global: GlobalOptions

  /// How a graph is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case tree, json, dot, mermaid
  }

  mutating func validate() throws {
    if global.json && (format == .dot || format == .mermaid) {
      throw ValidationError("--json and --format \(format.rawValue) are two formats; give one.")
    }
  }

  /// Which relatives the flags ask for; both flags are the same as none.
  var direction: LineageDirection {
    ancestors == descendants ? .both : ancestors ? .ancestors : .descendants
  }

  func run() throws {
    let registry = try global.open()
    let graph = try registry.lineage(of: model, direction)
    switch global.json ? .json : format {
    case .json: try Terminal.write(JSONValue(encoding: graph).text + "\n", to: STDOUT_FILENO)
    case .dot: try Terminal.write(graph.dot, to: STDOUT_FILENO)
    case .mermaid: try Terminal.write(graph.mermaid, to: STDOUT_FILENO)
    case .tree:
      try global.show(graph) { graph.tree($0) }
    }
  }
}
