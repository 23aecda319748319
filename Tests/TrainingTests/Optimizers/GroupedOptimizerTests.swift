import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct GroupedOptimizerTests {
  /// A run over the golden's gradients.
  private struct Run {
    let golden: OptimizersGolden
    let expected: OptimizersGolden.Optimizer
    var optimizer: GroupedOptimizer
    var parameters: [Float]
    private(set) var norms: [Double] = []

    init(_ golden: OptimizersGolden, _ expected: OptimizersGolden.Optimizer) {
      self.golden = golden
      self.expected = expected
      parameters = golden.first
      optimizer = Self.optimizer(golden, expected)
    }

    static func optimizer(
      _ golden: OptimizersGolden, _ expected: OptimizersGolden.Optimizer
    ) -> GroupedOptimizer {
      var start = 0
      let groups = golden.sizes.indices.map { index in
        defer { start += golden.sizes[index] }
        return ParameterGroup(
          layer: "\(index)", range: start..<start + golden.sizes[index],
          learningRateMultiplier: golden.multipliers[index], decays: golden.decays[index])
      }
      let kind: GroupedOptimizer.Kind =
        expected.name == "sgd"
        ? .sgd(momentum: expected.momentum ?? .nan, nesterov: expected.nesterov ?? false)
        : .adamw()
      return GroupedOptimizer(kind: kind, groups: groups, count: golden.first.count)
    }

    mutating func step(_ step: Int) {
      optimizer.activate { $0 != "2" || step >= golden.frozen }
      let cycle = expected.cycles == true ? LearningRateSchedule.oneCycle() : .constant
      let total = golden.gradients.count
      var gradients = golden.gradients[step]
      gradients.withUnsafeMutableBufferPointer { gradients in
        norms.append(optimizer.clip(gradients: gradients, toNorm: golden.limit))
        parameters.withUnsafeMutableBufferPointer {
          optimizer.step(
            parameters: $0, gradients: UnsafeBufferPointer(gradients),
            learningRate: cycle.rate(
              base: expected.rate, step: step, of: total, stepsPerEpoch: 1),
            weightDecay: expected.decay, momentum: cycle.momentum(step: step, of: total))
        }
      }
    }
  }

  @Test func `steps of groups with clipped gradients are those of PyTorch`() throws {
    let golden = try OptimizersGolden.read()
    for expected in golden.optimizers {
      var run = Run(golden, expected)
      var shown = 0
      for step in golden.gradients.indices {
        run.step(step)
        guard golden.shown.contains(step) else { continue }
        let error = largestError(run.parameters, expected.after[shown])
        #expect(error < 3e-6, "\(expected.name), step \(step)")
        shown += 1
      }
      #expect(shown == expected.after.count)
      #expect(largestError(run.norms.map { Float($0) }, expected.norms) < 1e-6)
    }
  }

  @Test func `inactive groups keep their parameters, their state and their number of steps`()
    throws
  {
    let golden = try OptimizersGolden.read()
    for expected in golden.optimizers {
      var run = Run(golden, expected)
      for step in 0..<golden.frozen { run.step(step) }
      let range = run.optimizer.groups[2].range
      #expect(Array(run.parameters[range]) == Array(golden.first[range]))
      #expect(run.optimizer.firstMoment[range].allSatisfy { $0 == 0 })
      #expect(run.optimizer.steps == [golden.frozen, golden.frozen, 0])
    }
  }

  @Test func `a run that is saved and restored goes on bit for bit`() throws {
    let golden = try OptimizersGolden.read()
    for expected in golden.optimizers {
      var whole = Run(golden, expected)
      for step in golden.gradients.indices { whole.step(step) }
      for pause in [0, 5, 12] {
        var before = Run(golden, expected)
        for step in 0..<pause { before.step(step) }
        var after = Run(golden, expected)
        after.parameters = before.parameters
        try after.optimizer.restore(from: before.optimizer.state(prefix: "o."), prefix: "o.")
        for step in pause..<golden.gradients.count { after.step(step) }
        #expect(after.parameters.map(\.bitPattern) == whole.parameters.map(\.bitPattern))
        #expect(after.optimizer.steps == whole.optimizer.steps)
      }
    }
  }

  @Test func `a state of another optimizer is refused and changes nothing`() throws {
    let golden = try OptimizersGolden.read()
    var run = Run(golden, golden.optimizers[0])
    run.step(0)
    let other = GroupedOptimizer(kind: .adamw(), groups: run.optimizer.groups, count: 35)
    let shorter = GroupedOptimizer(
      kind: .sgd(), groups: Array(run.optimizer.groups.dropLast()), count: 35)
    let before = run.optimizer.firstMoment
    var state = run.optimizer.state()
    state["optimizer.step"] = SavedNumbers.tensor(ofIntegers: [1, -1, 0])
    for state in [other.state(), shorter.state(), state, StateDict()] {
      let error = #expect(throws: RegistryError.self) { try run.optimizer.restore(from: state) }
      #expect(error?.code == .mismatchedTrainingState)
    }
    #expect(run.optimizer.firstMoment == before)
    #expect(run.optimizer.steps == [1, 1, 0])
  }

  @Test func `only active groups count in the norm and are clipped, and infinities stay`() throws {
    let groups = [
      ParameterGroup(layer: "a", range: 0..<2, learningRateMultiplier: 1, decays: true),
      ParameterGroup(layer: "b", range: 2..<3, learningRateMultiplier: 1, decays: true),
    ]
    var optimizer = GroupedOptimizer(kind: .sgd(), groups: groups, count: 4)
    optimizer.activate { $0 == "a" }
    var gradients: [Float] = [3, 4, 100, 7]
    let norm = gradients.withUnsafeMutableBufferPointer {
      optimizer.clip(gradients: $0, toNorm: 1)
    }
    #expect(norm == 5)
    #expect(largestError(gradients, [0.6, 0.8, 100, 7]) < 1e-6)
    gradients = [.infinity, 4, 1, 1]
    let infinite = gradients.withUnsafeMutableBufferPointer {
      optimizer.clip(gradients: $0, toNorm: 1)
    }
    #expect(infinite == .infinity)
    #expect(gradients == [.infinity, 4, 1, 1])
  }
}
