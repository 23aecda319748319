/// The right outputs of some images.
package enum LabelTargets: Sendable {
  /// Each image has one label, which excludes the others.
  case exclusive([Int])
  /// Each image has any number of labels: outputs in ascending order, each once.
  case independent([[Int]])

  /// Whether an image may have any number of labels.
  package var areIndependent: Bool {
    if case .independent = self { true } else { false }
  }

  /// How many images there are.
  package var count: Int {
    switch self {
    case .exclusive(let labels): labels.count
    case .independent(let outputs): outputs.count
    }
  }

  /// The targets of some images, in the order of their positions.
  package subscript(rows: some Sequence<Int>) -> LabelTargets {
    switch self {
    case .exclusive(let labels): .exclusive(rows.map { labels[$0] })
    case .independent(let outputs): .independent(rows.map { outputs[$0] })
    }
  }

  /// Whether every output is one of so many.
  func fit(labelCount: Int) -> Bool {
    switch self {
    case .exclusive(let labels): labels.allSatisfy { (0..<labelCount).contains($0) }
    case .independent(let outputs):
      outputs.allSatisfy { $0.allSatisfy { (0..<labelCount).contains($0) } }
    }
  }
}
