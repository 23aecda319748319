import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct HeadNetworkTests {
  @Test(arguments: [2, 9, 40], [nil, 12] as [Int?])
  func `a row's logits do not depend on the other rows`(labels: Int, hidden: Int?) throws {
    let problem = HeadCase(
      features: 37, labels: labels, rows: 131, hidden: hidden, dropout: 0.5)
    let network = try HeadNetwork(head: problem.head, tensors: problem.initial)
    let features = problem.training.features
    let all = network.logits(features, count: 131)
    for row in [0, 1, 63, 64, 130] {
      let alone = network.logits(Array(features[row * 37..<(row + 1) * 37]), count: 1)
      #expect(alone == Array(all[row * labels..<(row + 1) * labels]))
    }
    #expect(network.logits([], count: 0).isEmpty)
  }

  @Test func `a tensor of the wrong shape is named`() throws {
    var problem = HeadCase()
    problem.initial["fc.bias"] = Tensor(shape: [2], [0, 0])
    let error = #expect(throws: RegistryError.self) {
      _ = try HeadNetwork(head: problem.head, tensors: problem.initial)
    }
    #expect(error?.code == .malformedHead)
    #expect(error?.message.contains("fc.bias") ?? false)
    problem.initial["fc.bias"] = nil
    #expect(throws: RegistryError.self) {
      _ = try HeadNetwork(head: problem.head, tensors: problem.initial)
    }
  }

  @Test func `heads that are no chain are refused`() {
    let linear = Operation.linear(Linear(inFeatures: 4, outFeatures: 4))
    let heads: [[Layer]] = [
      [],
      [Layer("a", .activation(.relu), inputs: ["x"])],
      [Layer("a", linear, inputs: ["x"]), Layer("b", linear, inputs: ["x"])],
      [Layer("a", linear, inputs: ["x"]), Layer("b", .add, inputs: ["a", "x"])],
      [Layer("a", linear, inputs: ["x"]), Layer("b", .activation(.relu), inputs: ["a"])],
      [
        Layer("a", linear, inputs: ["x"]),
        Layer("b", .linear(Linear(inFeatures: 3, outFeatures: 2)), inputs: ["a"]),
      ],
    ]
    for head in heads {
      let error = #expect(throws: RegistryError.self) { _ = try HeadPlan(head: head) }
      #expect(error?.code == .malformedHead)
    }
  }
}
