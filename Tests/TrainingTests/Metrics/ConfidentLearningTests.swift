import Foundation
import Testing
import Training

struct ConfidentLearningTests {
  /// What cleanlab made of probabilities.
  private struct Golden: Decodable {
    let labelCount: Int
    let labels: [Int]
    let probabilities: [Float]
    let thresholds: [Double]
    let confidentJoint: [[Int]]
    let issues: [Int]
  }

  @Test func `the labels in question are those of cleanlab`() throws {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "Golden/confident-learning.json")
    for golden in try JSONDecoder().decode([Golden].self, from: Data(contentsOf: file)) {
      let learning = ConfidentLearning(
        probabilities: golden.probabilities, labels: golden.labels, labelCount: golden.labelCount)
      for (own, other) in zip(learning.thresholds, golden.thresholds) {
        #expect(abs(own - other) < 1e-6)
      }
      #expect(learning.confidentJoint == golden.confidentJoint)
      #expect(learning.issues.map(\.row) == golden.issues)
      #expect(golden.issues.count > 2)
    }
  }

  @Test func `a class without images is never suggested`() {
    let learning = ConfidentLearning(
      probabilities: [0.1, 0.8, 0.1, 0.1, 0.1, 0.8, 0.9, 0.1, 0], labels: [0, 0, 0], labelCount: 3)
    #expect(learning.thresholds[1] == .infinity)
    #expect(learning.issues == [])
  }

  @Test func `no images have no labels in question`() {
    #expect(ConfidentLearning(probabilities: [], labels: [], labelCount: 2).issues == [])
  }
}
