package import Foundation

/// The folders that tests read from.
package enum Places {
  /// The top of the checkout.
  package static let repository = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Drawn pictures and hard or broken files, made by the project's own programs.
  package static let fixtures = repository.appending(path: "fixtures")

  /// Photographs that lie beside the checkout and are never committed.
  ///
  /// Absent on most machines.
  package static let photographs = repository.deletingLastPathComponent()
    .appending(path: "shared/data")

  /// Whether the photographs are here.
  package static var hasPhotographs: Bool {
    FileManager.default.fileExists(atPath: photographs.appending(path: "wolfdog").path)
  }
}

/// A fixed sequence of numbers from a seed (SplitMix64), so that a test repeats exactly.
package struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  package init(seed: UInt64) { state = seed }

  package mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var value = state
    value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
    value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
    return value ^ (value >> 31)
  }
}
