/// The part of a dataset that an image belongs to.
package enum Split: String, Codable, CaseIterable, Sendable {
  /// Images to fit on.
  case train
  /// Images to choose the best epoch by.
  case validation
  /// Images that only the final evaluation sees.
  case test

  /// The number in the catalogue.
  var number: Int { Self.allCases.firstIndex(of: self) ?? 0 }
}

/// How large the splits are meant to be, each from 0 to 1.
package struct SplitShares: Hashable, Sendable {
  /// The share of `train`.
  package var train: Double
  /// The share of `validation`.
  package var validation: Double
  /// The share of `test`.
  package var test: Double

  /// The shares of the three splits.
  package init(train: Double, validation: Double, test: Double) {
    self.train = train
    self.validation = validation
    self.test = test
  }
}
