import Presentation
import TestSupport
import Testing

@testable import RegistryCommand

struct AxisTests {
  @Test func `ticks are round numbers within the values`() {
    let axis = Axis(0.03...0.69, ticks: 5)
    #expect(axis.ticks.map(axis.label) == ["0.2", "0.4", "0.6"])
    #expect(axis.lower == 0.03 && axis.upper == 0.69)
  }

  @Test func `a rounded axis begins and ends on a tick`() {
    let axis = Axis(0.03...0.69, ticks: 5, isRounded: true)
    #expect(axis.ticks.map(axis.label) == ["0.0", "0.2", "0.4", "0.6", "0.8"])
    #expect(axis.position(of: 0) == 0)
    #expect(axis.position(of: axis.upper) == 1)
  }

  @Test(arguments: [0, 1, -3, 0.97, 1e-12, 1e12])
  func `a flat curve gets an axis with room on both sides`(value: Double) {
    let axis = Axis(value...value, ticks: 5, isRounded: true)
    #expect(axis.lower < value && value < axis.upper)
    #expect(axis.ticks.count >= 2)
    #expect((0.0...1).contains(axis.position(of: value)))
  }

  @Test func `ticks are few, ascending and told apart, whatever the range`() {
    var generator = SeededGenerator(seed: 7)
    for _ in 0..<500 {
      let low = Double.random(in: -1_000...1_000, using: &generator)
      let span = Double.random(in: 1e-4...2_000, using: &generator)
      let axis = Axis(low...(low + span), ticks: 6, isRounded: true)
      #expect((2...8).contains(axis.ticks.count))
      #expect(zip(axis.ticks, axis.ticks.dropFirst()).allSatisfy(<))
      #expect(Set(axis.ticks.map(axis.label)).count == axis.ticks.count)
      #expect(axis.lower <= low + 1e-9 && axis.upper >= low + span - 1e-9)
    }
  }
}
