import Tensors
import Testing

@testable import Engine

struct ArenaPlanTests {
  @Test func `buffers that live at different times share a place`() {
    let plan = ArenaPlan([
      .init(byteCount: 100, firstStep: 0, lastStep: 1),
      .init(byteCount: 100, firstStep: 1, lastStep: 2),
      .init(byteCount: 100, firstStep: 2, lastStep: 3),
    ])
    #expect(plan.offsets[0] == plan.offsets[2])
    #expect(plan.offsets[0] != plan.offsets[1])
    #expect(plan.byteCount == 228)
  }

  @Test func `buffers that live together never overlap`() {
    var generator = RandomGenerator(seed: 5)
    for _ in 0..<200 {
      let demands = (0..<generator.next(below: 20)).map { _ in
        let first = generator.next(below: 10)
        return ArenaPlan.Demand(
          byteCount: generator.next(below: 500), firstStep: first,
          lastStep: first + generator.next(below: 5))
      }
      let plan = ArenaPlan(demands)
      for (one, a) in demands.enumerated() {
        #expect(plan.offsets[one].isMultiple(of: ArenaPlan.alignment))
        #expect(plan.offsets[one] + a.byteCount <= plan.byteCount)
        for (other, b) in demands.enumerated().prefix(one)
        where a.firstStep <= b.lastStep && b.firstStep <= a.lastStep {
          #expect(
            plan.offsets[one] + a.byteCount <= plan.offsets[other]
              || plan.offsets[other] + b.byteCount <= plan.offsets[one])
        }
      }
    }
  }
}
