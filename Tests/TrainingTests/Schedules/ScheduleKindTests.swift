import Testing

@testable import Training

struct ScheduleKindTests {
  @Test func `cosine rates are those of PyTorch`() throws {
    let golden = try Golden.read().cosine
    for (step, rate) in golden.rates.enumerated() {
      let found = ScheduleKind.cosine.rate(base: golden.base, step: step, of: golden.total)
      #expect(abs(found - rate) < 1e-9)
    }
    #expect(ScheduleKind.cosine.rate(base: 1, step: 9, of: 7) == 0)
  }

  @Test func `a constant rate stays`() {
    #expect(ScheduleKind.constant.rate(base: 0.5, step: 3, of: 7) == 0.5)
  }
}
