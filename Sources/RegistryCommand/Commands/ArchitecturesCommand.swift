internal import ArgumentParser
internal import Presentation
internal import RegistryKit

/// The subcommand `registry architectures`.
struct ArchitecturesCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "architectures",
    abstract: "List the networks that are known.",
    discussion: """
      These are the networks whose files can be imported, with their size for 1,000 labels. The names of \
      a file's tensors mostly tell which it is; --architecture says it where they do not.

      Example:
        registry architectures
      """)

  @OptionGroup var global: GlobalOptions

  func run() throws {
    let architectures = try Registry.architectures()
    try global.show(["architectures": architectures]) { style in
      var table = Table("architecture", ">parameters", ">multiply-adds", ">input", ">layers")
      for it in architectures {
        table.add(
          .init(it.architecture, .heading), .init(Quantity.count(it.parameters)),
          .init(Quantity.count(it.multiplyAdds)),
          .init(it.input.map(String.init).joined(separator: " x ")),
          .init(Quantity.count(it.layers)))
      }
      return table.text(style)
    }
  }
}
