package import Catalog
package import Diagnostics
private import Tensors

/// Which split an image belongs to, from its digest and a seed alone: adding images moves none of
/// the old ones, and every machine draws the same.
package struct SplitDraw: Sendable {
  private let fractions: SplitFractions
  private let seed: Int

  package init(fractions: SplitFractions, seed: Int) {
    self.fractions = fractions
    self.seed = seed
  }

  /// The split of a group of images that is named by some text.
  ///
  /// The first 53 bits of SHA-256(`split SEED NAME`), read as a fraction, fall into the share of
  /// one split.
  package func split(of name: String) -> Split {
    let digest = Digest(of: Array("split \(seed) \(name)".utf8))
    let word = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let fraction = Double(word >> 11) * 0x1p-53
    if fraction < fractions.train { return .train }
    if fraction < fractions.train + fractions.validation { return .validation }
    return .test
  }
}

extension SplitFractions {
  /// - Throws: `malformed_split` unless all are at least zero, the first is above it, and they add
  ///   up to one.
  package func check() throws {
    let all = [train, validation, test]
    guard all.allSatisfy({ $0.isFinite && $0 >= 0 }), train > 0,
      abs(all.reduce(0, +) - 1) < 1e-6
    else {
      throw RegistryError(
        .malformedSplit, "The shares \(train), \(validation) and \(test) are no split.",
        remedy: "Give three shares that add up to 1, for example --split 0.7,0.15,0.15.")
    }
  }
}

extension RegistryError.Code {
  /// Shares of training, validation and test images that do not add up to one.
  package static let malformedSplit = Self("malformed_split", .usage)
}
