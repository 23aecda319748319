import Diagnostics
import Networks
import Tensors
import Testing

@testable import Training

struct HeadResumeTests {
  /// A fit in which early stopping, several stages and dropout can happen.
  private static func fit(_ optimizer: OptimizerKind) -> (HeadCase, HeadFitOptions) {
    switch optimizer {
    case .lbfgs: (HeadCase(rows: 30), HeadFitOptions(optimizer: .lbfgs, patience: 6))
    case .adamw:
      (
        HeadCase(rows: 30, hidden: 8, dropout: 0.3),
        HeadFitOptions(
          optimizer: .adamw, epochs: 12, batchSize: 8, learningRate: 0.02, labelSmoothing: 0.05,
          balancesClasses: true, patience: 5, seed: 9)
      )
    }
  }

  @Test(arguments: OptimizerKind.allCases)
  func `a fit resumed after any epoch ends with the bits of one that never stopped`(
    optimizer: OptimizerKind
  ) throws {
    let (problem, options) = Self.fit(optimizer)
    let whole = RecordedMetrics()
    let expected = try problem.run(options, recorder: whole)
    #expect(expected.epochs > 4)
    for epoch in 1...expected.epochs {
      var checkpoint: FitCheckpoint?
      let first = try problem.run(
        options, isCancelled: { checkpoint != nil },
        checkpoint: { make in
          let made = try make()
          if made.state.contains("\"epoch\":\(epoch),") { checkpoint = made }
        })
      // A fit that has nothing left to do does not hear of the wish to stop.
      if epoch < expected.epochs { #expect(first.stop == .cancelled) }
      let stored = try #require(first.checkpoint ?? checkpoint)
      let rest = RecordedMetrics()
      let resumed = try problem.run(options, resuming: stored, recorder: rest)
      #expect(resumed.tensors.bits == expected.tensors.bits)
      #expect(resumed.metrics == expected.metrics)
      #expect(resumed.stop == expected.stop)
      #expect(resumed.epochs == expected.epochs)
      #expect(resumed.bestEpoch == expected.bestEpoch)
      #expect(rest.steps == Array(epoch..<expected.epochs).map { $0 + 1 })
      #expect(rest.series("train_loss") == Array(whole.series("train_loss")[epoch...]))
      #expect(rest.series("validation_loss") == Array(whole.series("validation_loss")[epoch...]))
    }
  }

  @Test(arguments: OptimizerKind.allCases)
  func `a wish to stop within an epoch gives that epoch up`(optimizer: OptimizerKind) throws {
    let (problem, options) = Self.fit(optimizer)
    let expected = try problem.run(options)
    for allowed in [0, 1, 4, 9] {
      var asked = 0
      let first = try problem.run(
        options,
        isCancelled: {
          asked += 1
          return asked > allowed
        })
      #expect(first.stop == .cancelled)
      #expect(first.checkpoint != nil)
      let resumed = try problem.run(options, resuming: first.checkpoint)
      #expect(resumed.tensors.bits == expected.tensors.bits)
      #expect(resumed.epochs == expected.epochs)
    }
  }

  @Test func `a fit cancelled before its first epoch keeps the first weights`() throws {
    let problem = HeadCase()
    let result = try problem.run(HeadFitOptions(), isCancelled: { true })
    #expect(result.stop == .cancelled)
    #expect(result.epochs == 0)
    #expect(result.bestEpoch == 0)
    let first = problem.initial["fc.weight"]!.floats()
    let kept = result.tensors["fc.weight"]!.floats()
    #expect(zip(first, kept).allSatisfy { abs($0 - $1) < 1e-6 })
  }

  @Test func `a checkpoint of another fit is refused`() throws {
    let problem = HeadCase()
    let made = try #require(try problem.run(HeadFitOptions(), isCancelled: { true }).checkpoint)
    var other = problem
    other.training = HeadCase(rows: 41).training
    let damaged = FitCheckpoint(tensors: made.tensors, state: "{}")
    let empty = FitCheckpoint(tensors: StateDict(), state: made.state)
    for (fit, options, checkpoint) in [
      (problem, HeadFitOptions(epochs: 3), made), (other, HeadFitOptions(), made),
      (problem, HeadFitOptions(), damaged), (problem, HeadFitOptions(), empty),
    ] {
      let error = #expect(throws: RegistryError.self) {
        _ = try fit.run(options, resuming: checkpoint)
      }
      #expect(error?.code == .unfitCheckpoint)
    }
  }
}
