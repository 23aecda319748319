import Catalog
import Glibc
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
      label: item.labels.joined(separator: ", "),
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
  func labelIssues(_ judgement: LabelCheck.Judgement) -> [CheckResult.LabelIssue] {
    judgement.learning.issues.map { issue in
      let row = judgement.row(issue.row)
      return CheckResult.LabelIssue(
        image: image(issue.row), suggestedLabel: judgement.labels[issue.suggested],
        probability: Double(row[row.startIndex + judgement.targets[issue.row]]),
        suggestedProbability: Double(row[row.startIndex + issue.suggested]))
    }
  }

  /// The images with the highest loss, the highest first.
  func hardest(_ judgement: LabelCheck.Judgement) -> [CheckResult.HardImage] {
    let losses = items.indices.map { position in
      let row = judgement.row(position)
      // The smallest positive number keeps the loss finite.
      return -log(
        max(Double(row[row.startIndex + judgement.targets[position]]), Double.leastNormalMagnitude))
    }
    return items.indices.sorted { (-losses[$0], $0) < (-losses[$1], $1) }
      .prefix(Self.hardestCount).map { position in
        let row = judgement.row(position)
        let best = row.indices.max { (row[$0], -$0) < (row[$1], -$1) } ?? row.startIndex
        return CheckResult.HardImage(
          image: image(position), predictedLabel: judgement.labels[best - row.startIndex],
          loss: losses[position])
      }
  }
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
