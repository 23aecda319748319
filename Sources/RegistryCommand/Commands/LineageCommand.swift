internal import ArgumentParser
private import Glibc
internal import Presentation
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
        registry lineage coyote --common-ancestor jackal@2
      """)

  @Argument(help: "The model: NAME, NAME@3 or NAME@ALIAS.", completion: .model)
  var model: String

  @Flag(help: "Show only what it came from.")
  var ancestors = false

  @Flag(help: "Show only what came from it.")
  var descendants = false

  @Option(
    help: ArgumentHelp(
      "Show only the nearest version that this one and another descend from.",
      valueName: "model"), completion: .model)
  var commonAncestor: String?

  @Option(help: "How the graph is written.")
  var format: Format = .tree

  @Option(help: "The most models in a tree; other formats have all.")
  var limit = 500

  @OptionGroup var global: GlobalOptions

  /// How a graph is written.
  enum Format: String, ExpressibleByArgument, CaseIterable {
    case tree, json, dot, mermaid
  }

  mutating func validate() throws {
    if global.json && (format == .dot || format == .mermaid) {
      throw ValidationError("--json and --format \(format.rawValue) are two formats; give one.")
    }
    if limit < 1 { throw ValidationError("--limit must be at least 1, not \(limit).") }
    if commonAncestor != nil && (ancestors || descendants || format != .tree) {
      throw ValidationError(
        "--common-ancestor shows one version: give it without --ancestors, --descendants, --format."
      )
    }
  }

  /// Which relatives the flags ask for; both flags are the same as none.
  var direction: LineageDirection {
    ancestors == descendants ? .both : ancestors ? .ancestors : .descendants
  }

  func run() throws {
    let registry = try global.open()
    if let commonAncestor {
      let result = try registry.commonAncestor(of: model, commonAncestor)
      return try global.show(result, result.report)
    }
    switch global.json ? .json : format {
    case .json: try write(registry, LineageJSON())
    case .dot: try write(registry, LineageDot())
    case .mermaid: try write(registry, LineageMermaid())
    case .tree: try showTree(registry)
    }
  }

  /// Writes a graph as it is read, so that its size does not matter.
  private func write(_ registry: Registry, _ language: some LineageLanguage) throws {
    var language = language
    var pending = ""
    func emit(_ text: String) throws {
      pending += text
      guard pending.utf8.count >= 1 << 16 else { return }
      try Terminal.write(pending, to: STDOUT_FILENO)
      pending = ""
    }
    try registry.visitLineage(
      of: model, direction, subject: { try emit(language.beginning($0)) },
      node: { try emit(language.text(of: $0)) }, edge: { try emit(language.text(of: $0)) })
    try Terminal.write(pending + language.end, to: STDOUT_FILENO)
  }

  /// Shows as many models as fit; the oldest ones, since each hangs on an older one.
  private func showTree(_ registry: Registry) throws {
    var nodes: [LineageGraph.Node] = []
    var edges: [LineageGraph.Edge] = []
    var shown: Set<ModelName> = []
    var count = 0
    let subject = try registry.visitLineage(
      of: model, direction,
      node: { node in
        count += 1
        guard count <= limit else { return }
        nodes.append(node)
        shown.insert(node.name)
      },
      edge: { edge in
        if shown.contains(edge.child), shown.contains(edge.base) { edges.append(edge) }
      })
    let graph = LineageGraph(subject: subject, nodes: nodes, edges: edges)
    let style = Terminal.style(of: STDOUT_FILENO)
    try Terminal.write(graph.tree(style), to: STDOUT_FILENO)
    if count > nodes.count {
      try Terminal.write(
        style(
          "\(Quantity.count(nodes.count)) of \(Quantity.count(count)) models; --json has all",
          .faint)
          + "\n", to: STDOUT_FILENO)
    }
  }
}
