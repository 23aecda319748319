package import Diagnostics

/// The extents of a tensor, outermost first, as `[N, C, H, W]` for images; empty for a scalar.
package struct Shape: Hashable, Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  package let extents: [Int]

  /// - Precondition: no extent is negative. Shapes from files go through ``init(checking:)``.
  package init(_ extents: [Int]) {
    precondition(extents.allSatisfy { $0 >= 0 }, "a shape has no negative extent")
    self.extents = extents
  }

  package init(arrayLiteral extents: Int...) { self.init(extents) }

  /// A shape from a file.
  ///
  /// - Throws: `malformed_shape` when an extent is negative or the elements cannot be counted.
  package init(checking extents: [Int]) throws(RegistryError) {
    var count = 1
    for extent in extents {
      // An extent of zero must not hide that the others cannot be multiplied.
      let (product, overflow) = count.multipliedReportingOverflow(by: max(extent, 1))
      guard extent >= 0, !overflow, extents.count <= 16 else {
        throw RegistryError(
          .malformedShape, "The shape \(extents) is not one that a tensor can have.",
          remedy: "The file is damaged or was made on purpose; get it again from its source.")
      }
      count = product
    }
    self.extents = extents
  }

  /// How many dimensions there are.
  package var rank: Int { extents.count }

  /// How many elements there are: the product of the extents, one for a scalar.
  package var elementCount: Int { extents.reduce(1, *) }

  package subscript(index: Int) -> Int { extents[index] }

  /// `[64, 3, 7, 7]`.
  package var description: String {
    "[" + extents.map(String.init).joined(separator: ", ") + "]"
  }
}

extension RegistryError.Code {
  /// A file declares a shape with a negative extent or with more elements than can be counted.
  package static let malformedShape = Self("malformed_shape", .badInput)
}

extension Shape: Codable {
  /// Reads a list of extents.
  package init(from decoder: any Decoder) throws {
    try self.init(checking: [Int](from: decoder))
  }

  /// Writes a list of extents.
  package func encode(to encoder: any Encoder) throws { try extents.encode(to: encoder) }
}
