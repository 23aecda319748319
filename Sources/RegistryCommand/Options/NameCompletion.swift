internal import ArgumentParser
internal import RegistryKit

/// What a shell offers for a word that names something in the registry.
///
/// The script that `--generate-completion-script` prints calls the program for these words. A shell
/// has nowhere to show a failure, so one means that nothing is offered.
extension CompletionKind {
  /// Names of models, and of their versions and aliases behind an `@`.
  static var model: CompletionKind {
    .registry { try $0.modelReferences(beginningWith: $1) }
  }

  /// Names of datasets, and of their versions behind an `@`.
  static var dataset: CompletionKind {
    .registry { try $0.datasetReferences(beginningWith: $1) }
  }

  /// Names of models and of datasets.
  static var modelOrDataset: CompletionKind {
    .registry {
      try $0.modelReferences(beginningWith: $1) + $0.datasetReferences(beginningWith: $1)
    }
  }

  /// Identifiers of runs.
  static var run: CompletionKind {
    .registry { try $0.runIdentifiers(beginningWith: $1) }
  }

  /// Names of models, and identifiers of runs.
  static var modelOrRun: CompletionKind {
    .registry {
      try $0.modelReferences(beginningWith: $1) + $0.runIdentifiers(beginningWith: $1)
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
    .custom { words, index, text in
      offered(to: words, at: index, text) { registry, _ in
        let line = CompletionLine(words)
        guard let model = option.flatMap(line.value(after:)) ?? line.firstArgument else {
          return []
        }
        return try registry.model(model).layers.map(\.name)
      }
    }
  }

  private static func registry(
    _ names: @escaping @Sendable (Registry, String) throws -> [String]
  ) -> CompletionKind {
    .custom { words, index, text in offered(to: words, at: index, text, names) }
  }

  private static func offered(
    to words: [String], at index: Int, _ text: String,
    _ names: (Registry, String) throws -> [String]
  ) -> [String] {
    let line = CompletionLine(words)
    // Some shells give the word up to the cursor only, others leave it among the words.
    let text = text.isEmpty && words.indices.contains(index) ? words[index] : text
    do {
      let folder = try Registry.locate(
        named: line.value(after: "--registry"), environment: Terminal.environment("REGISTRY_HOME"))
      return try names(try Registry(opening: folder), text).filter { $0.hasPrefix(text) }
    } catch {
      return []
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
