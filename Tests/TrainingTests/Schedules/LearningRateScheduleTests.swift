import Diagnostics
import Foundation
import Testing

@testable import Training

struct LearningRateScheduleTests {
  @Test func `whole curves are those of PyTorch`() throws {
    for golden in try OptimizersGolden.read().curves {
      let schedule = try LearningRateSchedule(argument: golden.argument)
      for step in 0..<golden.total {
        let rate = schedule.rate(
          base: golden.base, step: step, of: golden.total, stepsPerEpoch: golden.stepsPerEpoch)
        #expect(abs(rate - golden.rates[step]) < 1e-10, "\(golden.argument), step \(step)")
        let momentum = schedule.momentum(step: step, of: golden.total)
        guard let momenta = golden.momenta else {
          #expect(momentum == nil)
          continue
        }
        let found = try #require(momentum)
        #expect(abs(found - momenta[step]) < 1e-10, "\(golden.argument), step \(step)")
      }
    }
  }

  @Test(arguments: [
    "constant", "cosine", "cosine:3", "cosine:0.5", "one-cycle", "one-cycle:0.999", "plateau",
    "step:1:0.5",
  ])
  func `rates stay between zero and the base, in runs of any length`(argument: String) throws {
    let schedule = try LearningRateSchedule(argument: argument)
    for total in 0...12 {
      for step in 0...15 {
        let rate = schedule.rate(base: 0.5, step: step, of: total, stepsPerEpoch: 3)
        #expect(rate >= 0 && rate <= 0.5 + 1e-12, "step \(step) of \(total)")
        if let momentum = schedule.momentum(step: step, of: total) {
          #expect(momentum >= 0.85 - 1e-12 && momentum <= 0.95 + 1e-12)
        }
      }
    }
  }

  @Test(arguments: [
    ("constant", LearningRateSchedule.constant), ("cosine", .cosine(warmupEpochs: 0)),
    ("cosine:2.5", .cosine(warmupEpochs: 2.5)), ("one-cycle", .oneCycle(rise: 0.3)),
    ("one-cycle:0.25", .oneCycle(rise: 0.25)), ("step", .step(epochs: 10, factor: 0.1)),
    ("step:5", .step(epochs: 5, factor: 0.1)), ("step:5:0.5", .step(epochs: 5, factor: 0.5)),
    ("plateau", .plateau(factor: 0.1, patience: 10)),
    ("plateau:0.5:3", .plateau(factor: 0.5, patience: 3)),
  ])
  func `arguments are read and written`(argument: String, schedule: LearningRateSchedule) throws {
    #expect(try LearningRateSchedule(argument: argument) == schedule)
    #expect(try LearningRateSchedule(argument: schedule.description) == schedule)
    let data = try JSONEncoder().encode(schedule)
    #expect(try JSONDecoder().decode(LearningRateSchedule.self, from: data) == schedule)
  }

  @Test(arguments: [
    "", "cosin", "Cosine", "constant:1", "cosine:-1", "cosine:nan", "cosine:inf", "cosine:1:2",
    "one-cycle:0", "one-cycle:1", "step:0", "step:1.5", "step:2:0", "step:2:1.1", "step:",
    "step:99999999999999999999", "plateau:1", "plateau:0.5:-1", "plateau:0.5:1:1", "step:1:",
  ])
  func `malformed arguments are refused`(argument: String) throws {
    let error = #expect(throws: RegistryError.self) {
      try LearningRateSchedule(argument: argument)
    }
    #expect(error?.code == .malformedSchedule)
    #expect(error?.remedy != nil)
  }

  @Test func `a misspelt schedule is guessed`() throws {
    let error = #expect(throws: RegistryError.self) {
      try LearningRateSchedule(argument: "onecycle")
    }
    #expect(error?.remedy?.hasPrefix("Did you mean one-cycle?") == true)
  }
}
