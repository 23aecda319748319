import Presentation
import Testing

@testable import RegistryCommand

struct QuantityTests {
  @Test(arguments: [
    (0, "0 B"), (512, "512 B"), (999, "999 B"), (1_000, "1.0 KB"), (10_248, "10.2 KB"),
    (13_700_000, "13.7 MB"), (999_949, "999.9 KB"), (999_950, "1.0 MB"), (-2_000, "-2.0 KB"),
    (5_000_000_000_000_000, "5000.0 TB"),
  ])
  func `sizes are in units of a thousand`(bytes: Int, text: String) {
    #expect(Quantity.bytes(bytes) == text)
  }

  @Test(arguments: [
    (0.084, "84 ms"), (0.9996, "1.0 s"), (4.21, "4.2 s"), (59.96, "1 min 00 s"),
    (65, "1 min 05 s"), (7_800, "2 h 10 min"), (-1, "–"),
  ])
  func `times are in the unit that a reader would choose`(seconds: Double, text: String) {
    #expect(Quantity.duration(seconds) == text)
  }

  @Test(arguments: [
    (0.0312, "0.03120"), (12.3456, "12.35"), (1234.5, "1235"), (1e-5, "1.00e-5"), (0, "0"),
    (-0.5, "-0.5000"), (2.5e7, "2.50e7"), (.infinity, "∞"), (.nan, "–"),
  ])
  func `metrics have four significant digits`(value: Double, text: String) {
    #expect(Quantity.significant(value) == text)
  }

  @Test func `counts are grouped and their nouns agree`() {
    #expect(Quantity.count(4_652_008) == "4,652,008")
    #expect(Quantity.count(-1_000) == "-1,000")
    #expect(Quantity.count(1, "image") == "1 image")
    #expect(Quantity.count(0, "image") == "0 images")
  }

  @Test func `a negative number that rounds to zero has no sign`() {
    #expect(Quantity.fixed(-0.001, 2) == "0.00")
    #expect(Quantity.fixed(-1.005, 1) == "-1.0")
    #expect(Quantity.fixed(0.05, 2) == "0.05")
  }

  @Test func `shares are percentages`() {
    #expect(Quantity.percent(0.973) == "97.3 %")
    #expect(Quantity.percent(.nan) == "–")
  }

  @Test func `times are shown to the minute`() {
    #expect(Quantity.time("2026-07-28T09:15:02Z") == "2026-07-28 09:15")
  }

  @Test func `zeros at the end can be left out`() {
    #expect([0.5, 0.485, 1, 256].map(Quantity.trimmed) == ["0.5", "0.485", "1", "256"])
  }
}
