internal import ArgumentParser
internal import RegistryKit

/// What a shell offers for a word that names something in the registry.
///
/// The script that `registry completions` prints calls the program for these words. A shell
/// has nowhere to show a failure, so one means that nothing is offered.
extension CompletionKind {
  /// Names of models, and of their versions and aliases behind an `@`.
  static var model: CompletionKind {
    .registry { registry, text, _ in try registry.modelReferences(beginningWith: text) }
  }

  /// Names of datasets, and of their versions behind an `@`.
  static var dataset: CompletionKind {
    .registry { registry, text, _ in try registry.datasetReferences(beginningWith: text) }
  }

  /// Names of models and of datasets.
  static var modelOrDataset: CompletionKind {
    .registry { registry, text, _ in
      try registry.modelReferences(beginningWith: text)
        + registry.datasetReferences(beginningWith: text)
    }
  }

  /// Identifiers of runs.
  static var run: CompletionKind {
    .registry { registry, text, _ in try registry.runIdentifiers(beginningWith: text) }
  }

  /// Names of models, and identifiers of runs.
  static var modelOrRun: CompletionKind {
    .registry { registry, text, _ in
      try registry.modelReferences(beginningWith: text)
        + registry.runIdentifiers(beginningWith: text)
    }
  }

  /// Names of architectures.
  static var architecture: CompletionKind {
    .custom { _, _, text in
      let names = (try? Registry.architectures().map(\.architecture)) ?? []
      return names.filter { $0.hasPrefix(text) }
    }
  }

  /// Names of layers of the model that the command line names after `option`, else as the first word
  /// behind the subcommand.
  static func layer(ofModelAfter option: String? = nil) -> CompletionKind {
    .registry { registry, text, line in
      guard let model = option.flatMap(line.value(after:)) ?? line.firstArgument else { return [] }
      return try registry.model(model).layers.map(\.name).filter { $0.hasPrefix(text) }
    }
  }

  /// What a registry answers to the beginning of a word of a command line.
  private static func registry(
    _ names: @escaping @Sendable (Registry, String, CompletionLine) throws -> [String]
  ) -> CompletionKind {
    .custom { words, _, text in
      let line = CompletionLine(words)
      do {
        let folder = try Registry.locate(
          named: line.value(after: "--registry"),
          environment: Terminal.environment("REGISTRY_HOME"))
        return try names(try Registry(opening: folder), text, line)
      } catch {
        return []
      }
    }
  }
}

/// The words of a command line that is being typed.
struct CompletionLine {
  private let words: [String]

  /// A line whose first word is the program.
  init(_ words: [String]) { self.words = words }

  /// The word behind an option, or behind the `=` of it.
  func value(after option: String) -> String? {
    for (index, word) in words.enumerated() {
      if word == option, index + 1 < words.count { return words[index + 1] }
      if word.hasPrefix(option + "=") { return String(word.dropFirst(option.count + 1)) }
    }
    return nil
  }

  /// The first word behind the subcommand, if it is not an option.
  var firstArgument: String? {
    guard words.count > 2, !words[2].hasPrefix("-") else { return nil }
    return words[2]
  }
}
