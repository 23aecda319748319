import Catalog
import Glibc
import Training

/// What heads that have not seen an image say of its labels.
struct LabelJudgement {
  /// Labels of an image that are probably wrong.
  struct Issue {
    /// The image.
    var position: Int
    /// What it probably should have instead: another label, or, where labels are independent, its own
    /// with one more or one less.
    var suggested: [String]
    /// The probability of what it has.
    var probability: Double
    /// The probability of what is suggested.
    var suggestedProbability: Double
    /// The lower, the more doubtful, from -1 to 1.
    fileprivate var margin: Double
  }

  private let labels: [String]
  /// `[N, K]`, out of sample.
  private let probabilities: [Float]
  private let targets: LabelTargets

  /// - Parameters:
  ///   - labels: The names of the outputs.
  ///   - probabilities: `[N, K]`, row by row, out of sample.
  ///   - targets: The outputs of the labels that the images have.
  init(labels: [String], probabilities: [Float], targets: LabelTargets) {
    self.labels = labels
    self.probabilities = probabilities
    self.targets = targets
  }

  private func probability(_ position: Int, _ output: Int) -> Double {
    Double(probabilities[position * labels.count + output])
  }

  /// The labels in question, the most doubtful first, by confident learning.
  ///
  /// Where labels are independent, having one and not having it are the two classes of a question of
  /// its own.
  var issues: [Issue] {
    switch targets {
    case .exclusive(let given):
      return ConfidentLearning(
        probabilities: probabilities, labels: given, labelCount: labels.count
      ).issues.map { issue in
        Issue(
          position: issue.row, suggested: [labels[issue.suggested]],
          probability: probability(issue.row, given[issue.row]),
          suggestedProbability: probability(issue.row, issue.suggested), margin: issue.margin)
      }
    case .independent(let given):
      let all = labels.indices.flatMap { issues(of: $0, given) }
      return all.sorted { ($0.margin, $0.position) < ($1.margin, $1.position) }
    }
  }

  private func issues(of output: Int, _ given: [[Int]]) -> [Issue] {
    let absentAndPresent = given.indices.flatMap { position in
      let present = probabilities[position * labels.count + output]
      return [1 - present, present]
    }
    let learning = ConfidentLearning(
      probabilities: absentAndPresent, labels: given.map { $0.contains(output) ? 1 : 0 },
      labelCount: 2)
    return learning.issues.map { issue in
      let present = probability(issue.row, output)
      let has = given[issue.row].contains(output)
      let suggested = given[issue.row].filter { $0 != output } + (has ? [] : [output])
      return Issue(
        position: issue.row, suggested: DatasetItem.ordered(suggested.map { labels[$0] }),
        probability: has ? present : 1 - present,
        suggestedProbability: has ? 1 - present : present, margin: issue.margin)
    }
  }

  /// The cross-entropy of an image's labels in nats; where labels are independent, the mean over all
  /// labels.
  func loss(_ position: Int) -> Double {
    // The smallest positive number keeps the loss finite.
    func entropy(_ probability: Double) -> Double { -log(max(probability, .leastNormalMagnitude)) }
    switch targets {
    case .exclusive(let given): return entropy(probability(position, given[position]))
    case .independent(let given):
      let own = Set(given[position])
      return labels.indices.reduce(0) { sum, output in
        let present = probability(position, output)
        return sum + entropy(own.contains(output) ? present : 1 - present)
      } / Double(labels.count)
    }
  }

  /// The likeliest label, or, where labels are independent, all that are likelier than not.
  func predicted(_ position: Int) -> [String] {
    switch targets {
    case .exclusive:
      let best = labels.indices.max {
        (probability(position, $0), -$0) < (probability(position, $1), -$1)
      }
      return best.map { [labels[$0]] } ?? []
    case .independent:
      return labels.indices.filter { probability(position, $0) >= 0.5 }.map { labels[$0] }
    }
  }
}
