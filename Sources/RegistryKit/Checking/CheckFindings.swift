import Catalog
import Images
import Tensors
import Training

/// What a check finds, as it comes, with the images that it concerns.
struct CheckFindings {
  /// How many of the images with the highest loss are told of.
  static let hardestCount = 100

  /// The images.
  let items: [DatasetItem]
  /// Positions of images that are too alike, each pair once.
  private(set) var pairs: [DuplicateSearch.Pair] = []
  private var features: [(first: Int, second: Int, cosine: Double)] = []

  init(items: [DatasetItem]) { self.items = items }

  /// Adds pairs whose pictures are alike.
  mutating func add(_ alike: [DuplicateSearch.Pair]) { pairs += alike }

  /// Adds pairs whose features are alike, but for those that the pictures showed already.
  mutating func add(_ alike: [(first: Int, second: Int, cosine: Double)]) {
    var sets = ConnectedSets(count: items.count)
    for pair in pairs { sets.connect(pair.first, pair.second) }
    features += alike.filter {
      sets.representative(of: $0.first) != sets.representative(of: $0.second)
    }
  }

  /// An image, for an answer.
  func image(_ position: Int) -> CheckResult.Image {
    let item = items[position]
    return CheckResult.Image(
      digest: item.digest.hexadecimal, path: item.sourcePath,
      label: Self.text(of: item.labels),
      split: item.split.rawValue)
  }

  /// All pairs: leaks first, then by kind and by how alike they are.
  var duplicates: [CheckResult.Duplicate] {
    let all =
      pairs.map { pair in
        let window = pair.window
        return duplicate(
          pair.kind.answer, pair.first, pair.second, pair.correlation,
          window: pair.kind == .crop
            ? [window.left, window.top, window.right, window.bottom] : nil)
      } + features.map { duplicate(.features, $0.first, $0.second, $0.cosine) }
    let kinds = CheckResult.Duplicate.Kind.allCases
    func rank(_ pair: CheckResult.Duplicate) -> (Int, Int, Double, String) {
      (
        pair.isLeak ? 0 : 1, kinds.firstIndex(of: pair.kind) ?? 0, -pair.similarity,
        pair.images.map(\.path).joined(separator: "\n")
      )
    }
    return all.sorted { rank($0) < rank($1) }
  }

  private func duplicate(
    _ kind: CheckResult.Duplicate.Kind, _ first: Int, _ second: Int, _ similarity: Double,
    window: [Double]? = nil
  ) -> CheckResult.Duplicate {
    CheckResult.Duplicate(
      kind: kind, isLeak: items[first].split != items[second].split,
      labelsDiffer: items[first].labels != items[second].labels,
      images: [image(first), image(second)], similarity: similarity, window: window)
  }

  /// The labels in question, the most doubtful first.
  func labelIssues(_ judgement: LabelJudgement) -> [CheckResult.LabelIssue] {
    judgement.issues.map { issue in
      CheckResult.LabelIssue(
        image: image(issue.position), suggestedLabel: Self.text(of: issue.suggested),
        probability: issue.probability, suggestedProbability: issue.suggestedProbability)
    }
  }

  /// The images with the highest loss, the highest first.
  func hardest(_ judgement: LabelJudgement) -> [CheckResult.HardImage] {
    let losses = items.indices.map(judgement.loss)
    return items.indices.sorted { (-losses[$0], $0) < (-losses[$1], $1) }
      .prefix(Self.hardestCount).map { position in
        CheckResult.HardImage(
          image: image(position), predictedLabel: Self.text(of: judgement.predicted(position)),
          loss: losses[position])
      }
  }

  /// Labels in a row, for people and as the answer has them.
  private static func text(of labels: [String]) -> String { labels.joined(separator: ", ") }
}

extension DuplicateSearch.Pair.Kind {
  fileprivate var answer: CheckResult.Duplicate.Kind {
    switch self {
    case .exact: .exact
    case .near: .near
    case .crop: .crop
    }
  }
}
