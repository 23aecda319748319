import Foundation
import ModelFiles
import Networks
import Tensors
import Testing

@testable import Engine

/// A case of `Golden/make-kernels.py`: its inputs, in the order in which it draws them, and results.
struct KernelGolden {
  private static let results: StateDict = {
    do {
      let file = OperationCase.golden.appending(path: "kernels.safetensors")
      return try ModelFileReader.read(path: file.path).stateDict
    } catch { fatalError("kernels.safetensors: \(error)") }
  }()

  private let name: String
  private var recipe: Recipe

  init(_ name: String) {
    self.name = name
    recipe = Recipe(seed: name.utf8.reduce(0) { $0 + UInt64($1) })
  }

  mutating func draw(_ extents: Int..., scale: Float = 1) -> [Float] {
    recipe.images(1, Shape(extents)).map { $0 * scale }
  }

  /// Compares with what PyTorch computed.
  func check(_ part: String, _ found: [Float], tolerance: Float = 2e-6) throws {
    let expected = try #require(Self.results["\(name).\(part)"]).floats()
    #expect(relativeDifference(found, expected) < tolerance, "\(name).\(part)")
  }
}

extension FeatureMap {
  /// The maps of the same channels row by row and in blocks of both sizes.
  static func all(channels: Int, pixels: Int) -> [FeatureMap] {
    [1, 8, 16].map { FeatureMap(channels: channels, pixels: pixels, block: $0) }
  }

  /// The row-by-row numbers of some images in this layout, with zeros in the empty lanes.
  func packed(_ plain: [Float]) -> [Float] {
    let images = plain.count / (channels * pixels)
    var result = [Float](repeating: 0, count: images * count)
    for image in 0..<images {
      for channel in 0..<channels {
        for pixel in 0..<pixels {
          result[image * count + offset(of: channel) + pixel * block] =
            plain[(image * channels + channel) * pixels + pixel]
        }
      }
    }
    return result
  }

  /// The numbers of one image row by row; expects the empty lanes to hold zeros.
  func unpacked(_ packed: [Float]) -> [Float] {
    var rest = packed
    var result: [Float] = []
    for channel in 0..<channels {
      for pixel in 0..<pixels {
        let place = offset(of: channel) + pixel * block
        result.append(packed[place])
        rest[place] = 0
      }
    }
    #expect(rest.allSatisfy { $0 == 0 }, "empty lanes")
    return result
  }

  /// Room for one image, filled with what must not remain.
  var room: [Float] { [Float](repeating: .nan, count: count) }
}

/// The numbers 1, 2, 3 and so on.
func counting(_ count: Int) -> [Float] { (0..<count).map { Float($0 + 1) } }

let smallAndOddChannels = Array(1...9) + [17]
