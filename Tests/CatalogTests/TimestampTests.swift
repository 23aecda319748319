import Foundation
import TestSupport
import Testing

@testable import Catalog

struct TimestampTests {
  @Test(arguments: [
    (0, "1970-01-01T00:00:00.000Z"), (-1, "1969-12-31T23:59:59.999Z"),
    (1_795_530_125_123_456, "2026-11-24T14:22:05.123Z"),
    (951_782_400_000_000, "2000-02-29T00:00:00.000Z"),
    (-62_135_596_800_000_000, "0001-01-01T00:00:00.000Z"),
    (253_402_300_799_999_999, "9999-12-31T23:59:59.999Z"),
  ])
  func `moments are written as ISO 8601 has it`(microseconds: Int64, text: String) {
    #expect(Timestamp(microseconds: microseconds).iso8601 == text)
  }

  @Test func `days agree with Foundation's calendar`() {
    let formatter = ISO8601DateFormatter()
    formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
    var generator = SeededGenerator(seed: 5)
    for _ in 0..<500 {
      let milliseconds = Int64.random(
        in: -6_000_000_000_000...60_000_000_000_000, using: &generator)
      let date = Date(timeIntervalSince1970: Double(milliseconds) / 1000)
      // Foundation cuts its binary fraction, so a millisecond may be lost there.
      let text = Timestamp(microseconds: milliseconds * 1000).iso8601
      #expect(text.prefix(20) == formatter.string(from: date.addingTimeInterval(0.0002)).prefix(20))
    }
  }

  @Test func `the moment of the call is near the system's`() {
    let seconds = Double(Timestamp.now().microseconds) / 1e6
    #expect(abs(seconds - Date().timeIntervalSince1970) < 60)
    #expect(Timestamp(microseconds: 1) < Timestamp(microseconds: 2))
  }
}
